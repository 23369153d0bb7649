//! One source's turn: what to ask, and what its state becomes by what came of it.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use jiff::Timestamp;

use super::{
    heard::heard,
    incident,
    schedule::{Pace, spread_out},
};
use crate::{
    fetch::Manner,
    notice::{Corrections, Notice, SourceId},
    rhythm::{Almanac, History, hour_of_week},
    source::{LegalNote, Recognised, Request, Source, Validators, Wishes},
    store::{Absent, Announce, Committed, Health, Learned, SourceLease, SourceState},
    websub::{Push, Upstream},
};

/// After so many failures running, a page that was recognised is looked at anew, each so many polls.
const ANEW_AFTER: u32 = 3;

/// How long a source that is gone for good is left alone.
const GONE_FOR: Duration = Duration::from_secs(365 * 86_400);

/// So many answers in a row must say that a source is gone before that is believed.
const GONE_AFTER: u32 = 3;

/// How often a source is asked for a full answer, although it says each time that nothing changed: some always say so.
const FULL_EVERY: Duration = Duration::from_secs(86_400);

/// A source and how it is polled.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Where the notices come from.
    pub source: Source,
    /// How often it is asked.
    pub pace: Pace,
    /// How it is asked.
    pub manner: Arc<Manner>,
    /// What people are told beside its notices.
    pub legal_note: Option<LegalNote>,
    /// Under which licence its texts may be used, when that is another one than the site's.
    pub rights: Option<String>,
    /// How feeds tell that its notices have changed.
    pub corrections: Corrections,
    /// What it was called before. Its notices of that time are its own.
    pub aliases: Vec<SourceId>,
}

impl Watched {
    /// What it is called and was called.
    pub fn names(&self) -> impl Iterator<Item = &SourceId> {
        [&self.source.id].into_iter().chain(&self.aliases)
    }

    /// How the source is read. What was learned from an answer that was read otherwise says nothing about the next one.
    pub fn definition(&self) -> Definition {
        let source = &self.source;
        let read_as = (
            &source.url,
            &source.kind,
            &source.article,
            source.zone.iana_name(),
            &self.manner,
        );
        let text = format!("{} {read_as:?}", env!("CARGO_PKG_VERSION"));
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        let beginning = hash.as_ref().first_chunk().copied().unwrap_or_default();
        Definition(u128::from_be_bytes(beginning))
    }

    /// The source, read as `state` remembers its page. Where that has failed for a while the page may have been rearranged: it is
    /// looked at anew, now and then.
    pub fn source_by(&self, state: &SourceState) -> Cow<'_, Source> {
        let is_anew = state.failures > 0 && state.failures.is_multiple_of(ANEW_AFTER);
        let known = state.recognised.as_ref().filter(|_| !is_anew);
        let source = known.and_then(|known| known.applied_to(&self.source));
        source.map_or(Cow::Borrowed(&self.source), Cow::Owned)
    }
}

/// How a source is read, in short: two that are read otherwise differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition(u128);

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
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
        /// Whether it names another hub than before.
        other_hub: bool,
    },
    /// The source says that nothing changed, or shows what it showed before.
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
    /// The source, read as its page was found to be.
    pub source: Cow<'a, Source>,
    /// How it is read, as [`Watched::definition`] says.
    pub definition: String,
    /// What its page was found to be in this turn.
    pub found: Option<Box<Recognised>>,
    /// Now.
    pub now: Timestamp,
    /// In 0..1, chosen at random: where in its tolerance the next wait lies.
    pub spread: f64,
    /// What is known of all sources together.
    pub almanac: Arc<Almanac>,
    /// Its family there.
    pub family: usize,
    /// Its host there.
    pub host: usize,
    /// When it wants to be asked.
    pub wishes: Wishes,
    /// Its subscription at the hub that it names.
    pub upstream: Option<Upstream>,
    /// What that hub pushed and nobody has read.
    pub push: Option<Arc<Push>>,
}

impl Turn<'_> {
    /// The source.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the page may be something that nobody told: it never was read, or was recognised before.
    pub(super) fn may_find(&self) -> bool {
        self.is_baseline() || self.lease.state.recognised.is_some() || !self.is_read_as_before()
    }

    /// Whether the source's last answer was read as this one is.
    pub(super) fn is_read_as_before(&self) -> bool {
        self.lease.state.definition.as_deref() == Some(self.definition.as_str())
    }

    /// Reads the source as its page was found to be.
    pub(super) fn find(&mut self, found: Recognised) {
        if let Some(source) = found.applied_to(&self.watched.source) {
            self.source = Cow::Owned(source);
            self.found = Some(Box::new(found));
        }
    }

    /// What to ask.
    pub fn request(&self) -> Request {
        self.watched.manner.request(self.address(), self.validators())
    }

    /// The validators, as long as "nothing changed" would be an answer to rely on.
    fn validators(&self) -> Validators {
        let state = &self.lease.state;
        let full = state.last_full.map(|full| self.now.duration_since(full).unsigned_abs());
        if full.is_some_and(|full| full < FULL_EVERY) && self.is_read_as_before() {
            state.validators.clone()
        } else {
            Validators::default()
        }
    }

    /// Whether this is the silent first look.
    pub fn is_baseline(&self) -> bool {
        !self.lease.state.baseline_done
    }

    /// Nothing was learned but `state`.
    pub fn only(&self, state: SourceState) -> Learned {
        Learned {
            lease: self.lease.clone(),
            now: self.now,
            changes: Vec::new(),
            aliases: Vec::new(),
            absent: Absent::Unknown,
            announce: Announce::Tell,
            revisions: self.watched.pace.on_revision,
            incident: incident::between(self, &state),
            push: self.push.as_ref().map(|push| push.seq),
            state,
        }
    }

    /// The state after a good answer that showed this `news`.
    pub fn after_success(&self, validators: Validators, news: &[&Notice], fresh_for: Option<Duration>) -> SourceState {
        let last = &self.lease.state;
        let rhythm = self.heard(news);
        let wait = self.wait(&rhythm, fresh_for);
        SourceState {
            validators,
            next_poll: self.now + wait,
            last_poll: Some(self.now),
            last_good: Some(self.now),
            last_new: if news.is_empty() { last.last_new } else { Some(self.now) },
            failures: 0,
            last_error: None,
            gone: 0,
            health: if last.held > 0 { Health::Held } else { Health::Ok },
            wait,
            rhythm,
            ..last.clone()
        }
    }

    /// How long the source is left alone after a good answer. What it says of itself is a lower bound, up to its interval; with a
    /// hub that tells what is new, it is asked as seldom as is safe.
    fn wait(&self, rhythm: &History, fresh_for: Option<Duration>) -> Duration {
        let (pace, wishes) = (&self.watched.pace, &self.wishes);
        let relied_on = self
            .upstream
            .as_ref()
            .and_then(|upstream| upstream.relied_on_until(self.now));
        if let Some(until) = relied_on {
            let left = until.duration_since(self.now).unsigned_abs();
            return pace.safety_net(self.spread).min(left.max(pace.shortest()));
        }
        let week = self.almanac.week(self.family, rhythm);
        let from = hour_of_week(self.now, &self.source().zone);
        let worth_it = Duration::from_secs_f64(self.almanac.wait(&week, from, pace.bounds(), self.host) * 3600.0);
        let wait = pace.after_success(worth_it, fresh_for.max(wishes.apart), self.spread);
        wishes.put_off(self.now, wait).min(pace.interval)
    }

    /// The state after an answer in full.
    pub fn after_page(&self, validators: Validators, news: &[&Notice], fresh_for: Option<Duration>) -> SourceState {
        SourceState {
            last_full: Some(self.now),
            definition: Some(self.definition.clone()),
            baseline_done: true,
            ..self.after_success(validators, news, fresh_for)
        }
    }

    fn heard(&self, news: &[&Notice]) -> History {
        let last = &self.lease.state;
        let since = if self.is_baseline() { None } else { last.last_good };
        // What is kept on top of a list says nothing of how far back the list goes.
        let news = news.iter().filter(|notice| since.is_some() || !notice.pinned);
        let dates: Vec<_> = news.map(|notice| notice.published).collect();
        let week = self.almanac.week(self.family, &last.rhythm);
        heard(&last.rhythm, &dates, since, self.now, &self.source().zone, &week)
    }

    /// The state after no answer, or one that can't be believed. `gone`: the answer says that the source is gone. `asked`: how long the host asked to be left alone.
    pub fn after_failure(&self, why: &str, gone: bool, asked: Option<Duration>) -> SourceState {
        let last = &self.lease.state;
        let failures = last.failures.saturating_add(1);
        let times_gone = if gone { last.gone.saturating_add(1) } else { 0 };
        let gone = times_gone >= GONE_AFTER;
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
            gone: times_gone,
            health: if gone { Health::Gone } else { Health::Failing },
            ..last.clone()
        }
    }
}
