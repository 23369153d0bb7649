//! One source's turn: what to ask, and what its state becomes by what came of it.

use std::time::Duration;

use jiff::Timestamp;

use super::schedule::{Pace, spread_out};
use crate::{
    source::{Request, Source, Validators},
    store::{Announce, Committed, Health, Learned, SourceLease, SourceState},
};

/// How long a source that is gone for good is left alone.
const GONE_FOR: Duration = Duration::from_secs(365 * 86_400);

/// A source and how it is polled.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Where the notices come from.
    pub source: Source,
    /// How often it is asked.
    pub pace: Pace,
}

/// What came of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A good answer; the ledger has what it taught.
    Learned {
        /// What the commit did.
        committed: Committed,
        /// How many notices the answer showed.
        shown: usize,
        /// Whether this was the silent first look.
        baseline: bool,
        /// Whether the new notices are held for an admin.
        held: bool,
    },
    /// The source says that nothing changed.
    Unchanged,
    /// No answer, or none to believe. Nothing but the source's state changed.
    Missed {
        /// What happened, for people.
        why: String,
    },
}

/// One source's turn to be polled.
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    /// Which source, at what pace.
    pub watched: &'a Watched,
    /// What is remembered of it, and the right to poll it.
    pub lease: SourceLease,
    /// Now.
    pub now: Timestamp,
    /// In 0..1, chosen at random: where in its tolerance the next wait lies.
    pub spread: f64,
}

impl Turn<'_> {
    /// The source.
    pub fn source(&self) -> &Source {
        &self.watched.source
    }

    /// What to ask.
    pub fn request(&self) -> Request {
        Request {
            url: self.source().url.clone(),
            validators: self.lease.state.validators.clone(),
            referer: None,
        }
    }

    /// Whether this is the silent first look.
    pub fn is_baseline(&self) -> bool {
        !self.lease.state.baseline_done
    }

    /// What becomes of the announcements of `new` new notices.
    pub fn announce(&self, new: usize) -> Announce {
        let pace = &self.watched.pace;
        match self.is_baseline() {
            true if pace.notify_backlog => Announce::Tell,
            true => Announce::Baseline,
            false if new > pace.flood_limit => Announce::Hold,
            false => Announce::Tell,
        }
    }

    /// Nothing was learned but `state`.
    pub fn only(&self, state: SourceState) -> Learned {
        Learned {
            source: self.source().id.clone(),
            fence: self.lease.fence,
            now: self.now,
            changes: Vec::new(),
            announce: Announce::Tell,
            announce_revisions: false,
            state,
        }
    }

    /// The state after a good answer.
    pub fn after_success(&self, validators: Validators, found_news: bool, fresh_for: Option<Duration>) -> SourceState {
        let last = &self.lease.state;
        let wait = self.watched.pace.after_success(last.wait, found_news, fresh_for);
        SourceState {
            validators,
            next_poll: self.now + spread_out(wait, self.spread),
            last_poll: Some(self.now),
            last_good: Some(self.now),
            last_new: if found_news { Some(self.now) } else { last.last_new },
            failures: 0,
            last_error: None,
            health: if last.held > 0 { Health::Held } else { Health::Ok },
            wait,
            ..last.clone()
        }
    }

    /// The state after no answer, or one that can't be believed. `asked`: how long the host asked to be left alone.
    pub fn after_failure(&self, why: &str, gone: bool, asked: Option<Duration>) -> SourceState {
        let last = &self.lease.state;
        let failures = last.failures.saturating_add(1);
        let wait = if gone {
            GONE_FOR
        } else {
            self.watched.pace.after_failure(failures)
        };
        SourceState {
            next_poll: self.now + spread_out(wait.max(asked.unwrap_or_default()), self.spread),
            last_poll: Some(self.now),
            failures,
            last_error: Some(why.to_owned()),
            health: if gone { Health::Gone } else { Health::Failing },
            ..last.clone()
        }
    }
}
