//! Bodies that the kernel has too, and sends without a copy.
//!
//! Copying a large body into the socket is most of what its answer costs. One that is asked for often stands in a file in memory
//! as well, whose pages `sendfile` lends to the socket. All others are copied, and everything where there is no such call.

use std::{
    fs::File,
    io::{self, IoSlice},
    ops::RangeInclusive,
    os::fd::AsFd,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies of so many bytes are lent. For smaller ones it does not pay.
const LENT: RangeInclusive<usize> = 32 << 10..=1 << 20;

/// A body that was asked for so many times is asked for often.
const OFTEN: u32 = 32;

/// So many files there may be at a time.
const FILES: usize = 64;

/// How many files there may still be. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Files(Arc<Semaphore>);

impl Default for Files {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(FILES)))
    }
}

/// A body, and how often it was asked for.
#[derive(Debug)]
pub(super) struct Lendable {
    bytes: Bytes,
    files: Files,
    asked: AtomicU32,
    lent: OnceLock<Option<Lent>>,
}

impl Lendable {
    pub(super) fn new(bytes: Bytes, files: &Files) -> Self {
        Self {
            bytes,
            files: files.clone(),
            asked: AtomicU32::new(0),
            lent: OnceLock::new(),
        }
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What the kernel has of it, once it was asked for often: each call counts.
    pub(super) fn lent(&self) -> Option<&Lent> {
        if !LENT.contains(&self.bytes.len()) {
            return None;
        }
        match self.lent.get() {
            Some(lent) => lent.as_ref(),
            None if self.asked.fetch_add(1, Ordering::Relaxed) < OFTEN => None,
            None => self.lent.get_or_init(|| Lent::of(&self.bytes, &self.files)).as_ref(),
        }
    }
}

/// A body in a file in memory. Clones are one.
#[derive(Clone, Debug)]
pub(super) struct Lent(Arc<InMemory>);

#[derive(Debug)]
struct InMemory {
    bytes: Bytes,
    file: File,
    _place: OwnedSemaphorePermit,
}

impl Lent {
    /// `None` where the system gives no file, or has given enough.
    fn of(bytes: &Bytes, files: &Files) -> Option<Self> {
        let place = Arc::clone(&files.0).try_acquire_owned().ok()?;
        let file = kernel::file_of(bytes).ok()?;
        Some(Self(Arc::new(InMemory {
            bytes: bytes.clone(),
            file,
            _place: place,
        })))
    }

    /// Sends what it can of `parts` to the socket `to`, as a vectored write would; how many bytes. The last of them is lent when it
    /// is a part of this body.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub(super) fn send(&self, to: impl AsFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let lent = parts
            .split_last()
            .and_then(|(body, head)| Some((self.place_of(body)?, body.len(), head)));
        let Some((place, length, head)) = lent else {
            return kernel::copy(&to, parts);
        };
        let mut sent = 0;
        if !head.is_empty() {
            sent = kernel::copy_with_more(&to, head)?;
            if sent < head.iter().map(|part| part.len()).sum() {
                return Ok(sent);
            }
        }
        match kernel::lend(&to, &self.0.file, place, length) {
            Ok(lent) => Ok(sent + lent),
            // It is said when the rest is asked for.
            Err(_) if sent > 0 => Ok(sent),
            Err(error) => Err(error),
        }
    }

    /// Where `part` begins in the body, if it is a part of these very bytes.
    fn place_of(&self, part: &[u8]) -> Option<usize> {
        let (whole, part) = (self.0.bytes.as_ptr_range(), part.as_ptr_range());
        let is_within = whole.start <= part.start && part.end <= whole.end;
        is_within.then(|| part.start.addr() - whole.start.addr())
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::{
        fs::File,
        io::{self, IoSlice, Write},
        os::fd::AsFd,
    };

    use rustix::{
        fs::{MemfdFlags, memfd_create, sendfile},
        io::writev,
        net::{SendAncillaryBuffer, SendFlags, sendmsg},
    };

    pub(super) fn file_of(bytes: &[u8]) -> io::Result<File> {
        let mut file = File::from(memfd_create("answer", MemfdFlags::CLOEXEC)?);
        file.write_all(bytes)?;
        Ok(file)
    }

    pub(super) fn copy(to: impl AsFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(writev(to, parts)?)
    }

    /// More follows at once, so it need not leave alone.
    pub(super) fn copy_with_more(to: impl AsFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
        Ok(sendmsg(to, parts, &mut SendAncillaryBuffer::default(), flags)?)
    }

    pub(super) fn lend(to: impl AsFd, file: &File, place: usize, length: usize) -> io::Result<usize> {
        let mut place = place as u64;
        Ok(sendfile(to, file, Some(&mut place), length)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::{
        fs::File,
        io::{self, ErrorKind::Unsupported, IoSlice},
        os::fd::AsFd,
    };

    pub(super) fn file_of(_: &[u8]) -> io::Result<File> {
        Err(Unsupported.into())
    }

    pub(super) fn copy(_: impl AsFd, _: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(Unsupported.into())
    }

    pub(super) fn copy_with_more(_: impl AsFd, _: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(Unsupported.into())
    }

    pub(super) fn lend(_: impl AsFd, _: &File, _: usize, _: usize) -> io::Result<usize> {
        Err(Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::Read,
        net::{TcpListener, TcpStream},
        thread,
    };

    use super::*;

    #[test]
    fn what_is_asked_for_often_and_is_large_is_lent() {
        let asked = |length: usize, times: u32| {
            let body = Lendable::new(vec![b'x'; length].into(), &Files::default());
            (0..times).filter(|_| body.lent().is_some()).count() > 0
        };
        assert!(!asked(60_000, 1) && !asked(60_000, OFTEN) && asked(60_000, OFTEN + 1));
        assert!(!asked(30_000, 100) && !asked(2 << 20, 100));
    }

    #[test]
    fn what_is_lent_comes_as_it_would_if_it_were_copied() {
        let bytes: Bytes = (0..200_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>().into();
        let lent = Lent::of(&bytes, &Files::default()).expect("a file");
        let other = b"of somebody else".repeat(5_000);
        for body in [&bytes[..], &bytes[7..70_000], &bytes[..0], &other] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let to = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
            let (mut from, _) = listener.accept().expect("a connection");
            let reader = thread::spawn(move || {
                let mut read = Vec::new();
                from.read_to_end(&mut read).map(|_| read)
            });
            let parts = [&b"HTTP/1.1 200 OK\r\n"[..], &b"\r\n"[..], body];
            let whole = parts.concat();
            let mut sent = 0;
            while sent < whole.len() {
                let mut slices = parts.map(IoSlice::new);
                let mut rest = &mut slices[..];
                IoSlice::advance_slices(&mut rest, sent);
                sent += lent.send(&to, rest).expect("a reader");
            }
            drop(to);
            assert_eq!(reader.join().expect("a thread").expect("an answer"), whole);
        }
    }
}
