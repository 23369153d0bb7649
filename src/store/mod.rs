//! The ledger: notices, what is known of sources, what is owed to whom. On SQLite or on PostgreSQL.
//!
//! Each operation is one transaction of the domain, durable (fsynced) when it returns. The store records decisions and
//! takes none: no policy, no HTTP, no HTML, no SMTP.

mod migrate;
mod plan;
mod reach;
pub mod postgres;

pub mod sqlite;
mod stored;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    delivery::{Announcement, Blame, Delivery, Fate, Incident, Occasion, Rendered, State, Strike, Subject},
    notice::{Change, Entry, Fingerprint, Known, Notice, NoticeId, Revision, SourceId},
    rhythm::History,
    search::Query,
    source::{Hub, Recognised, Rows, Validators, Wishes},
    subscription::{Receiver, ReceiverId, Request},
    websub::{Intent, Push, Subscription, Upstream},
};

/// Why the store could not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error.
    #[error("the store failed while {doing}: {why}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        why: String,
    },
    /// The database can't be opened, or is not ours; the text says what to do.
    #[error("{0}")]
    Unusable(String),
    /// The lease under which a result was to be recorded has passed to another worker.
    #[error("the lease has passed to another worker")]
    LeaseLost,
}

/// How a source is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Never polled.
    #[default]
    New,
    /// The last poll was good.
    Ok,
    /// Recent polls failed.
    Failing,
    /// A flood of new notices waits for an admin.
    Held,
    /// The source is gone for good (410); not polled any more.
    Gone,
}

impl Health {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::New, Self::Ok, Self::Failing, Self::Held, Self::Gone];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Held => "held",
            Self::Gone => "gone",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.as_str() == word)
    }
}

/// What is remembered of a source between polls.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceState {
    /// Which.
    pub id: SourceId,
    /// For the next conditional request.
    pub validators: Validators,
    /// When it is due.
    pub next_poll: Timestamp,
    /// When it was last asked.
    pub last_poll: Option<Timestamp>,
    /// When it last gave a good answer.
    pub last_good: Option<Timestamp>,
    /// When it last had something new.
    pub last_new: Option<Timestamp>,
    /// Failed polls in a row.
    pub failures: u32,
    /// What went wrong last, for people; `None` after a good poll.
    pub last_error: Option<String>,
    /// How it is doing.
    pub health: Health,
    /// How often in a row it said that it is gone for good (410).
    pub gone: u32,
    /// When it last answered in full, and not that nothing changed.
    pub last_full: Option<Timestamp>,
    /// How it was read then, as the poll describes it.
    pub definition: Option<String>,
    /// Where it says that it has moved for good.
    pub moved: Option<Moved>,
    /// The digest of that answer.
    pub last_answer: Option<String>,
    /// What the rows in it said; none when the ledger knows better by now.
    pub last_rows: Rows,
    /// When it wants to be asked, by its last full answer.
    pub wishes: Wishes,
    /// The hub that it names there.
    pub hub: Option<Hub>,
    /// What its page was found to be, where nobody told.
    pub recognised: Option<Box<Recognised>>,
    /// When the next page of a notice is to be read again; `None` where none is read.
    pub articles_due: Option<Timestamp>,
    /// Whether the silent first look is done.
    pub baseline_done: bool,
    /// The wait that was last chosen.
    pub wait: Duration,
    /// When it had news.
    pub rhythm: History,
    /// Notices whose article could not be read yet, by key. The ledger does not have them elsewhere.
    pub waiting: HashMap<String, Waiting>,
    /// How many announcements are held for an admin.
    pub held: u64,
    /// How many pushes of its hub nobody has read yet.
    pub pushes: u64,
    /// Grows with each change that a feed shows.
    pub version: i64,
    /// How many notices there are.
    pub notices: u64,
}

/// How a source has fared, as far as its waits follow from that.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Which.
    pub id: SourceId,
    /// When it is due.
    pub next_poll: Timestamp,
    /// Failed polls in a row.
    pub failures: u32,
    /// How it was read when it last answered in full.
    pub definition: Option<String>,
    /// When it had news.
    pub rhythm: History,
}

/// A source's new address, by its own word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where.
    pub to: Url,
    /// How often in a row it was said.
    pub seen: u32,
}

/// A new notice that waits for its article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// How many polls it has waited.
    pub polls: u32,
    /// What its row said.
    pub notice: Notice,
}

/// How far into the future things may reach. What lies beyond was put there by a clock that was ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Now.
    pub now: Timestamp,
    /// The latest next poll of a source that is not gone.
    pub polls: Timestamp,
    /// The latest time at which a delivery may be due.
    pub deliveries: Timestamp,
    /// The latest end of a lease.
    pub leases: Timestamp,
}

/// A source that this worker may poll until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceLease {
    /// What is remembered.
    pub state: SourceState,
    /// Fencing number: the commit of a worker whose lease has passed on is refused.
    pub fence: i64,
}

/// Everything that one poll taught, committed at once.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Under which lease, of which source.
    pub lease: SourceLease,
    /// When.
    pub now: Timestamp,
    /// In the page's order, newest first; they are inserted from the last to the first, so that ledger order is the
    /// order of publication. What is `New` is decided by the insert: a notice that is already there is not inserted
    /// twice.
    pub changes: Vec<(Change, RowFacts)>,
    /// Under which ids the source shows notices from now on that are known under others, each with the id that is kept.
    pub aliases: Vec<(NoticeId, NoticeId)>,
    /// Which notices are missing where they should be seen.
    pub absent: Absent,
    /// What becomes of the announcements of new notices.
    pub announce: Announce,
    /// What becomes of revisions.
    pub revisions: Revisions,
    /// What happened to the source, when its admins are to hear of it.
    pub incident: Option<Incident>,
    /// The number of the push that this was learned from, or that said nothing. While more are there, the source stays due.
    pub push: Option<i64>,
    /// The source's state after this poll (`version`, `held`, `pushes` and `notices` are the store's own and ignored here).
    pub state: SourceState,
}

impl Learned {
    /// The source.
    pub fn source(&self) -> &SourceId {
        &self.lease.state.id
    }

    /// Whether the state is that of the lease but for validators, times of polls, and what those make of its rhythm.
    pub fn is_as_leased(&self) -> bool {
        let state = &self.state;
        let as_leased = SourceState {
            validators: state.validators.clone(),
            next_poll: state.next_poll,
            last_poll: state.last_poll,
            last_good: state.last_good,
            wait: state.wait,
            rhythm: state.rhythm,
            ..self.lease.state.clone()
        };
        as_leased == *state
    }

    /// Whether there is more to it than when to ask next, and how long notices have been missing.
    pub fn is_news(&self) -> bool {
        let is_told = self.incident.is_some() || self.push.is_some();
        is_told || !(self.changes.is_empty() && self.aliases.is_empty() && self.state.waiting.is_empty())
    }
}

/// What the ledger keeps of a notice's row beside the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFacts {
    /// Of the row on the list page.
    pub row: Fingerprint,
    /// When the article page was last read; `None` keeps what is stored.
    pub article_read: Option<Timestamp>,
    /// Where the notice stands among others: its publication instant, not later than its first sight. Taken at the
    /// insert, never moved.
    pub order: Timestamp,
}

/// Which notices a source does not show although it shows older and newer ones. The ledger counts the polls in which one is
/// missing, running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// Nothing was learned about it.
    #[default]
    Unknown,
    /// The same as in the poll before: nothing changed.
    Same {
        /// So many polls running make a notice withdrawn.
        patience: u32,
    },
    /// These, and no others.
    These {
        /// The notices.
        notices: Vec<NoticeId>,
        /// So many polls running make a notice withdrawn.
        patience: u32,
    },
}

/// What becomes of the announcements of new notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// None are made: the first look at a source.
    Baseline,
    /// They are made and told.
    Tell,
    /// They are made and wait for `release` or `discard`.
    Hold,
}

/// What becomes of the revisions of a source's notices. Every version is kept in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revisions {
    /// Feeds show them as changed.
    #[default]
    Feed,
    /// Feeds show them as changed, and whoever is told of the source's notices is told.
    Notify,
    /// Feeds show the new text under the old date.
    Silent,
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Inserted by this commit, by no other.
    pub new: Vec<NoticeId>,
    /// Revised by this commit.
    pub revised: Vec<NoticeId>,
    /// How many are withdrawn since this commit.
    pub withdrawn: u64,
    /// Announcements of notices made, held ones included.
    pub announced: u64,
}

/// How far a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Grows with each change that a feed shows.
    pub version: i64,
    /// When it is asked next, so that there may be another.
    pub next_poll: Timestamp,
}

/// Which notices a feed or page shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those of all sources named here (the configured ones).
    Sources(Vec<SourceId>),
    /// Those of one source.
    Source(SourceId),
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// In which sources; those that the query names are the caller's business.
    pub sources: Vec<SourceId>,
    /// What must hold of words and days. The day of a notice is that of [`Entry::day`].
    pub query: Query,
    /// Only what stands behind this place.
    pub behind: Option<Place>,
}

/// Where a notice stands among those that are found: by the second of its publication, ties by ledger order. It never moves.
///
/// One number: the second, and the lowest 30 bits of the ledger's number, which is enough for a thousand million notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub i64);

impl Scope {
    fn sources(&self) -> &[SourceId] {
        match self {
            Self::Sources(sources) => sources,
            Self::Source(source) => std::slice::from_ref(source),
        }
    }
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From here on,
    pub from: Timestamp,
    /// before this.
    pub until: Timestamp,
}

/// What came in a span of time and on both sides of it: notices that were first seen or revised then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// How many notices.
    pub within: u64,
    /// When the last one before it came.
    pub before: Option<Timestamp>,
    /// When the first one after it came.
    pub after: Option<Timestamp>,
}

/// A delivery that fan-out decided on.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDelivery {
    /// To whom.
    pub receiver: ReceiverId,
    /// For which occasion; a second one for the same receiver and occasion adds its subject to the first, or is
    /// dropped.
    pub occasion: Occasion,
    /// The notice that it tells, when it tells one.
    pub subject: Option<Subject>,
    /// When it is due.
    pub due: Timestamp,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// Which delivery.
    pub id: i64,
    /// Under which lease.
    pub fence: i64,
    /// Its fate.
    pub fate: Fate,
    /// When.
    pub now: Timestamp,
}

/// A delivery as `gazetted deliveries list` shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeliveryRow {
    /// Row number.
    pub id: i64,
    /// To whom.
    pub receiver: ReceiverId,
    /// What: the first subject's title, or how many in a digest.
    pub title: String,
    /// Its state.
    pub state: State,
    /// Attempts so far.
    pub attempts: u32,
    /// Attempts whose answer was cut off.
    pub ambiguous: u32,
    /// When it is due, or ended.
    pub at: Timestamp,
    /// When it was queued.
    pub queued: Timestamp,
    /// What the other side said last.
    pub why: Option<String>,
}

/// Which deliveries `gazetted deliveries retry` queues again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Every dead letter.
    AllDead,
    /// These, dead or waiting.
    These(Vec<i64>),
}

/// What is known of a receiver after a mail to it came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// Who.
    pub receiver: ReceiverId,
    /// Whether this was not known before.
    pub is_new: bool,
    /// What came back and was not forgiven, newest first; the newest 200.
    pub strikes: Vec<Strike>,
}

/// How many mails came back so far, and how many addresses are left alone for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StrikeCounts {
    pub hard: u64,
    pub soft: u64,
    pub complaint: u64,
    pub suspended: u64,
}

impl StrikeCounts {
    fn of(&mut self, blame: Blame) -> &mut u64 {
        match blame {
            Blame::Hard => &mut self.hard,
            Blame::Soft => &mut self.soft,
            Blame::Complaint => &mut self.complaint,
        }
    }
}

/// How much is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OutboxCounts {
    pub announcements_open: u64,
    pub announcements_held: u64,
    pub queued: u64,
    pub leased: u64,
    pub sent: u64,
    pub dead: u64,
    pub cancelled: u64,
    /// Attempts whose answer was cut off: they may have arrived, and were repeated with the same id and bytes.
    pub ambiguous: u64,
}

impl OutboxCounts {
    fn of(&mut self, state: State) -> &mut u64 {
        match state {
            State::Queued => &mut self.queued,
            State::Leased => &mut self.leased,
            State::Sent => &mut self.sent,
            State::Dead => &mut self.dead,
            State::Cancelled => &mut self.cancelled,
        }
    }
}

/// A receiver as the ledger keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiverRow {
    /// Who, how, about what.
    pub receiver: Receiver,
    /// Nothing with a smaller announcement number is ever owed to it: no backlog for newcomers.
    pub since: i64,
    /// Why nothing is sent to it any more, in words, when that is so.
    pub stopped: Option<String>,
    /// Since when nothing is sent to it any more.
    pub stopped_at: Option<Timestamp>,
    /// Whether the configuration names it.
    pub configured: bool,
}

/// A mail to an address whose owner did not ask for it, or did not say so yet.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Who is asked, and hears nothing else.
    pub receiver: Receiver,
    /// The hash of the receiver's unsubscribe token.
    pub unsubscribe_hash: [u8; 32],
    /// The id of what is asked.
    pub id: String,
    /// The hash of the token by which it is confirmed.
    pub token_hash: [u8; 32],
    /// What waits for a confirmation; `None` where only a link is sent.
    pub request: Option<Request>,
    /// What the mail is about.
    pub occasion: Occasion,
    /// Stands for the address.
    pub address: [u8; 32],
    /// Stands for the mailbox behind it.
    pub mailbox: [u8; 32],
    /// The domain of the address.
    pub domain: String,
    /// The network that it is asked from, where that is known.
    pub network: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// How many mails strangers may cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskingLimits {
    /// To one mailbox, in 24 hours.
    pub per_mailbox: usize,
    /// From one network, in an hour.
    pub per_network: usize,
    /// To one domain, in an hour.
    pub per_domain: usize,
    /// In all, in an hour.
    pub per_hour: usize,
}

/// A reader as their own word left them.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The reader.
    pub reader: Receiver,
    /// The hash of their unsubscribe token.
    pub token_hash: [u8; 32],
    /// The edition that this was made from; `None` when there was no such reader.
    pub was: Option<u64>,
    /// The request that this fulfils, and ends.
    pub fulfils: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// A delivery's first rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// Which delivery.
    pub id: i64,
    /// Under which lease.
    pub fence: i64,
    /// What will be sent.
    pub rendered: Rendered,
}

/// Which side of the outbox a worker serves. Each has leases of its own, so a dead relay does not delay webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Receivers whose id begins with `mail:`.
    Mail,
    /// Receivers whose id begins with `hook:`.
    Webhook,
    /// Subscribers of our hub and other hubs, whose ids begin with `hub:`.
    Hub,
}

impl Lane {
    /// How the ids of its receivers begin.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Mail => "mail:",
            Self::Webhook => "hook:",
            Self::Hub => "hub:",
        }
    }

    /// Where a delivery to `receiver` goes: the domain of a mail address, the id of a webhook. What is full or slow is that.
    pub fn destination(self, receiver: &ReceiverId) -> &str {
        match self {
            Self::Mail => receiver.0.rsplit_once('@').map_or("", |(_, domain)| domain),
            Self::Webhook | Self::Hub => &receiver.0,
        }
    }

    /// The lane that serves `receiver`.
    pub fn of(receiver: &ReceiverId) -> Option<Self> {
        [Self::Mail, Self::Webhook, Self::Hub]
            .into_iter()
            .find(|lane| receiver.0.starts_with(lane.prefix()))
    }
}

/// How many verifications our hub makes in an hour at most, so that it can't be turned on others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of one callback.
    pub per_callback: u64,
    /// Of all callbacks at one host.
    pub per_host: u64,
}

/// What a callback said of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is meant. `version` is that of the topic now: what came before is not told. Who leaves needs none.
    Meant {
        /// The topic's version.
        version: i64,
    },
    /// It is not.
    Refused,
    /// It did not say; it is asked again then.
    Again {
        /// When.
        at: Timestamp,
    },
}

/// Opens the store that `url` names, `sqlite:PATH` or `postgres://…`, and brings its schema up to date. `password` is
/// for a `postgres://` address that holds none.
///
/// # Errors
///
/// [`StoreError::Unusable`] when it can't be opened or is not ours; the text says what to do.
pub async fn open(url: &str, password: Option<&str>) -> Result<Arc<dyn Store>, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        Ok(Arc::new(sqlite::Sqlite::open(Path::new(path))?))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Arc::new(postgres::Postgres::connect(url, password).await?))
    } else {
        Err(StoreError::Unusable(
            "the store's url must be `sqlite:PATH` or `postgres://USER@HOST/DATABASE`".into(),
        ))
    }
}

/// The key from which Message-IDs, webhook-ids and unsubscribe tokens are derived. Made once, kept in the store.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallKey(pub [u8; 32]);

impl fmt::Debug for InstallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallKey(…)")
    }
}

/// The ledger's operations. Two implementations; one contract test suite (`tests/store`) runs over both.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// The install key; made from `fresh` when there is none yet.
    async fn install_key(&self, fresh: InstallKey) -> Result<InstallKey, StoreError>;

    /// Makes a state for each of `due` that has none, due at the given time. Others keep theirs, but a `next_poll`
    /// later than `latest` (a clock that jumped, a shorter interval) is brought back to `latest`.
    async fn enrol_sources(&self, due: &[(SourceId, Timestamp)], latest: Timestamp) -> Result<(), StoreError>;

    /// Leases up to `limit` of `among` that are due at `now` and not leased, longest due first, until `now + lease`. The work
    /// follows from how many are due, whatever the size of `among`.
    async fn lease_due_sources(
        &self,
        among: &Arc<HashSet<SourceId>>,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<SourceLease>, StoreError>;

    /// Leases one source whether it is due or not; `None` when another worker has it, or it was never enrolled.
    async fn lease_source(
        &self,
        id: &SourceId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<SourceLease>, StoreError>;

    /// When the next of `among` is due or its lease ends.
    async fn next_due_source(&self, among: &Arc<HashSet<SourceId>>) -> Result<Option<Timestamp>, StoreError>;

    /// What the waits of all sources are worked out from, in no order.
    async fn courses(&self) -> Result<Vec<Course>, StoreError>;

    /// The sources that are anything but [`Health::Ok`], in no order. The work follows from how many they are.
    async fn unwell(&self) -> Result<Vec<(SourceId, Health)>, StoreError>;

    /// All source states, in order of id.
    async fn source_states(&self) -> Result<Vec<SourceState>, StoreError>;

    /// What is known of these notices, under their own ids or as their aliases; by the ids that were asked for.
    async fn known(&self, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Known>, StoreError>;

    /// The hubs that sources name, in no order.
    async fn hubs(&self) -> Result<Vec<(SourceId, Hub)>, StoreError>;

    /// Our subscriptions at hubs: of one source, or all of them.
    async fn upstreams(&self, of: Option<&SourceId>) -> Result<Vec<Upstream>, StoreError>;

    /// The subscription with this token.
    async fn upstream(&self, token: &str) -> Result<Option<Upstream>, StoreError>;

    /// Writes a new subscription down; `false` when its source has one already that is not being left.
    async fn open_upstream(&self, upstream: &Upstream) -> Result<bool, StoreError>;

    /// Puts the subscription in the place of the one with its token and `version`, and raises that. `false` when somebody else
    /// changed it first, or it is gone: then nothing is changed.
    async fn change_upstream(&self, upstream: &Upstream) -> Result<bool, StoreError>;

    /// Forgets a subscription.
    async fn close_upstream(&self, token: &str) -> Result<(), StoreError>;

    /// Up to `limit` subscriptions whose hub is to be asked at `now`, longest due first.
    async fn due_upstreams(&self, now: Timestamp, limit: usize) -> Result<Vec<Upstream>, StoreError>;

    /// When the next hub is to be asked.
    async fn next_due_upstream(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Keeps what a hub pushed (`seq` is made here) and makes the source due at once; `false`, and nothing is kept, when `most`
    /// are there already.
    async fn push(&self, source: &SourceId, push: &Push, most: usize) -> Result<bool, StoreError>;

    /// The oldest push of a source that nobody has read.
    async fn oldest_push(&self, source: &SourceId) -> Result<Option<Push>, StoreError>;

    /// Keeps what is asked of our hub, due at once, in the place of what was asked for the same callback and topic. `false`, and
    /// nothing is kept, when the callback's host has `most` other subscriptions and intents already, or all hosts together have asked
    /// for ten thousand.
    async fn ask_hub(&self, intent: &Intent, most: usize) -> Result<bool, StoreError>;

    /// Leases up to `limit` intents that are due, and notes that their callbacks are asked. Those whose callback or host was asked
    /// too often in the last hour are put off. Subscriptions that have ended are forgotten.
    async fn lease_intents(
        &self,
        now: Timestamp,
        lease: Duration,
        rates: Rates,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError>;

    /// When the next intent is due.
    async fn next_due_intent(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Records what a callback said; nothing when something newer was asked for it meanwhile.
    async fn settle_intent(&self, intent: &Intent, verified: Verified, now: Timestamp) -> Result<(), StoreError>;

    /// The topics that somebody subscribes to, each with the version that was distributed last.
    async fn topics(&self, now: Timestamp) -> Result<Vec<(String, i64)>, StoreError>;

    /// Owes the topic in this version to all its subscribers, in the place of earlier versions that are not being sent; to how
    /// many. Nothing when `was` is not the version that was distributed last.
    async fn distribute(&self, topic: &str, was: i64, version: i64, now: Timestamp) -> Result<u64, StoreError>;

    /// The subscription at our hub with this id.
    async fn subscription(&self, id: &ReceiverId) -> Result<Option<Subscription>, StoreError>;

    /// Ends a subscription at our hub, and what is owed to it.
    async fn end_subscription(&self, id: &ReceiverId) -> Result<(), StoreError>;

    /// Which versions of our sources another hub was told of.
    async fn told_hub(&self, hub: &Url) -> Result<HashMap<SourceId, i64>, StoreError>;

    /// Notes that another hub is told of these versions, and owes it the pings.
    async fn tell_hub(
        &self,
        hub: &Url,
        versions: &HashMap<SourceId, i64>,
        pings: &[Occasion],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Which notices of `source` are not among `shown`, although ones that are published before and after them are. Withdrawn
    /// ones are left out.
    async fn absent(&self, source: &SourceId, shown: &[NoticeId]) -> Result<Vec<NoticeId>, StoreError>;

    /// Records everything one poll taught in one transaction: notices, revisions, announcements, incidents, validators, state;
    /// ends the lease. [`StoreError::LeaseLost`] when the lease has passed on: then nothing is recorded.
    async fn commit(&self, learned: Learned) -> Result<Committed, StoreError>;

    /// Queues the held announcements of a source; how many.
    async fn release_held(&self, source: &SourceId) -> Result<u64, StoreError>;

    /// Drops the held announcements of a source (the notices stay); how many.
    async fn discard_held(&self, source: &SourceId) -> Result<u64, StoreError>;

    /// The newest notices of `scope`, newest first by [`RowFacts::order`], ties by ledger order.
    async fn newest(&self, scope: &Scope, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// The newest notices that `search` finds, newest first, each with its place. They are found by the words of their newest
    /// version, withdrawn or not.
    async fn search(&self, search: &Search, limit: usize) -> Result<Vec<(Place, Entry)>, StoreError>;

    /// The place in the ledger of the newest notice of all; 0 where there is none.
    async fn newest_seq(&self) -> Result<i64, StoreError>;

    /// Up to `limit` notices of `sources` whose place in the ledger is after `after`, in the order of their places.
    async fn entries_after(&self, sources: &[SourceId], after: i64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// The notices of `scope` that were first seen or revised in `span`, each as it was at its end, in ledger order; `limit` of
    /// them behind the first `skip`.
    async fn past(&self, scope: &Scope, span: Span, skip: usize, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// What came in `span` and around it.
    async fn around(&self, scope: &Scope, span: Span) -> Result<Around, StoreError>;

    /// The notices of `scope` that were revised, the newest revision first.
    async fn corrected(&self, scope: &Scope, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// Makes what is known of the source `old` be known of `new`, its new name: notices with their ids and history, state, what is
    /// to be told, what receivers want and have asked for. What `new` shows from then on under new ids is known as what it was. `false` when nothing
    /// is known of `old`.
    async fn adopt(&self, new: &SourceId, old: &SourceId) -> Result<bool, StoreError>;

    /// What sources were called before they were [adopted](Self::adopt), each with what it is called now.
    async fn renamed(&self) -> Result<HashMap<SourceId, SourceId>, StoreError>;

    /// One notice with its earlier versions, oldest first.
    async fn entry(&self, id: NoticeId) -> Result<Option<(Entry, Vec<Revision>)>, StoreError>;

    /// The notices that deliveries tell, as they were in that revision. Those that are gone are missing from the
    /// answer.
    async fn subjects(&self, subjects: &[Subject]) -> Result<Vec<(Subject, Entry)>, StoreError>;

    /// These notices as they are now. Those that are gone are missing from the answer.
    async fn entries_of(&self, notices: &[NoticeId]) -> Result<Vec<Entry>, StoreError>;

    /// How far each source is; one cheap query, asked often.
    async fn standings(&self) -> Result<HashMap<SourceId, Standing>, StoreError>;

    /// Makes the receivers of the configuration be exactly these, each with the hash of its unsubscribe token: new ones
    /// are owed nothing of the past, missing ones are removed and their waiting deliveries cancelled, changed ones
    /// changed. `stopped` is kept (who unsubscribed stays unsubscribed, even while the configuration does not name them),
    /// unless a webhook's url changed.
    async fn enrol_receivers(&self, receivers: &[(Receiver, [u8; 32])], now: Timestamp) -> Result<(), StoreError>;

    /// Up to `limit` receivers after `after` in order of id.
    async fn receivers(&self, after: Option<&ReceiverId>, limit: usize) -> Result<Vec<ReceiverRow>, StoreError>;

    /// One receiver.
    async fn receiver(&self, id: &ReceiverId) -> Result<Option<ReceiverRow>, StoreError>;

    /// The receivers of these ids, in any order; those that there are not are missing from the answer.
    async fn receivers_named(&self, ids: &[ReceiverId]) -> Result<Vec<ReceiverRow>, StoreError>;

    /// The receiver whose unsubscribe token has this hash.
    async fn receiver_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<ReceiverRow>, StoreError>;

    /// Stops sending to a receiver and cancels what waits for it; idempotent: the first reason and time stay. `false`
    /// when there is no such receiver.
    async fn stop_receiver(&self, id: &ReceiverId, why: &str, now: Timestamp) -> Result<bool, StoreError>;

    /// Sends to a stopped receiver again; what was announced meanwhile is not made up for, and what came back of mails to it
    /// counts no more. `false` when there is no such receiver.
    async fn resume_receiver(&self, id: &ReceiverId) -> Result<bool, StoreError>;

    /// Owes a mail that a stranger asked for, and keeps what waits for its confirmation. `false`, and nothing is changed, when
    /// that would be too many, or when the address is never to be written to again.
    async fn ask(&self, asking: &Asking, limits: &AskingLimits) -> Result<bool, StoreError>;

    /// What waits for the confirmation whose token has this hash.
    async fn request(&self, token_hash: &[u8; 32]) -> Result<Option<Request>, StoreError>;

    /// Erases what was asked before `before` and is not confirmed, and what was counted more than a day before `now`.
    async fn forget_requests(&self, before: Timestamp, now: Timestamp) -> Result<(), StoreError>;

    /// Keeps a reader. Somebody new is owed nothing of the past; who was stopped stays so, unless this fulfils a request, and is
    /// owed nothing of the time between. What waits for them is made anew, and cancelled when they pause. `false`, and nothing
    /// is changed, when `kept.was` or `kept.fulfils` is not there any more.
    async fn keep_reader(&self, kept: &Kept) -> Result<bool, StoreError>;

    /// Erases a reader and all that was owed or asked in their name. `never` keeps what stands for the address, so that it is
    /// never written to again.
    async fn erase_reader(&self, id: &ReceiverId, address: &[u8; 32], never: bool) -> Result<(), StoreError>;

    /// Whether the address that this stands for is never to be written to again.
    async fn is_never_again(&self, address: &[u8; 32]) -> Result<bool, StoreError>;

    /// Records that a mail came back, once for each delivery and kind of blame, and says what stands against its receiver;
    /// `None` when there is no such delivery.
    async fn strike(
        &self,
        delivery: i64,
        blame: Blame,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<Struck>, StoreError>;

    /// What came back so far.
    async fn strike_counts(&self) -> Result<StrikeCounts, StoreError>;

    /// Leases the oldest announcement that still has receivers to be asked.
    async fn lease_announcement(&self, now: Timestamp, lease: Duration) -> Result<Option<Announcement>, StoreError>;

    /// Records one batch of a fan-out: its deliveries and the cursor, and prolongs the lease to `now + lease`; ends the
    /// announcement when `cursor` is `None`.
    /// Nothing is recorded for receivers that are stopped, gone, or newer than the announcement. A subject that comes
    /// too late for its digest, because that one is being sent, makes a digest of its own that ends a second later.
    /// [`StoreError::LeaseLost`] when `announcement.fence` is not current.
    async fn fan_out(
        &self,
        announcement: &Announcement,
        deliveries: &[NewDelivery],
        cursor: Option<&ReceiverId>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), StoreError>;

    /// Leases up to `limit` deliveries of `lane` that are due, oldest first, raising their attempts in the same
    /// transaction. Deliveries of stopped receivers are cancelled instead, those to the [destinations](Lane::destination) in
    /// `except` left alone.
    async fn lease_deliveries(
        &self,
        lane: Lane,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        except: &[String],
    ) -> Result<Vec<Delivery>, StoreError>;

    /// When the next delivery of `lane` to a destination that is not in `except` is due or its lease ends.
    async fn next_due_delivery(&self, lane: Lane, except: &[String]) -> Result<Option<Timestamp>, StoreError>;

    /// Keeps the first rendering, before it is sent; a stencil that several of these share is kept once. A rendering whose lease has
    /// passed on is not kept and must not be sent; the answer names the deliveries that may be.
    async fn keep_rendered(&self, renderings: &[Rendering]) -> Result<Vec<i64>, StoreError>;

    /// Records what became of attempts. A settlement whose lease has passed on is skipped, and the answer counts those
    /// recorded. What deliveries that ended well have sent is dropped.
    async fn settle(&self, settlements: &[Settlement]) -> Result<u64, StoreError>;

    /// Drops the stencils that no kept rendering needs any more.
    async fn drop_stencils(&self) -> Result<(), StoreError>;

    /// Deliveries, newest first.
    async fn deliveries(&self, state: Option<State>, limit: usize) -> Result<Vec<DeliveryRow>, StoreError>;

    /// Queues deliveries again, due at `now`, attempts counted anew, with the same id and bytes; how many.
    async fn retry_deliveries(&self, which: &Retry, now: Timestamp) -> Result<u64, StoreError>;

    /// How much is owed.
    async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError>;

    /// Ends all leases, when this process is the only one that could hold any: an SQLite store. Nothing on a shared store,
    /// where leases of workers that died run out by themselves.
    async fn reclaim_leases(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Brings back what lies beyond the horizon: polls to the horizon, deliveries and leases to now.
    async fn bring_back(&self, horizon: Horizon) -> Result<(), StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
