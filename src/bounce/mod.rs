//! What comes back of the mails that were sent: failures, complaints, and wishes to leave.
//!
//! Pure: knows the bytes of a message. Does not know how it came in, whose token it carries, or what becomes of a reader.
//!
//! Everybody can write to a return path, so nothing here is believed for its own sake: what a message says counts only where
//! it carries a token that was ours to give.

mod read;
mod status;

pub use read::read;
pub use status::{Failure, says_no_mailbox};

/// A message that came back to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// What it says.
    pub says: Says,
    /// The addresses that it was sent to, by its own headers, in lower case. Its envelope knows better, where there is one.
    pub to: Vec<String>,
    /// The addresses of ours that the mail it speaks of had, in lower case.
    pub about: Vec<String>,
}

/// What a message that came back says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// The mail did not arrive, and is not tried any more (RFC 3464).
    Failed {
        /// Whether a next one would.
        failure: Failure,
        /// What the other side said: one line, without addresses.
        why: String,
    },
    /// Its reader calls the mail unwanted (RFC 5965).
    Complaint,
    /// It was written by a person, or by a program on a person's wish.
    Letter,
    /// Nothing that counts: a reply of a machine (RFC 3834), word of a delay or a success, or nothing that can be read.
    Nothing,
}
