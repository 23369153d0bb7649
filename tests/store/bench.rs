//! A store on the bench, and short words for what is put into it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use gazetted::{
    delivery::{Announcement, Delivery, Fate, Occasion, Subject},
    notice::{Change, Fingerprint, Notice, NoticeId, SafeHtml, SourceId},
    store::{
        self, Announce, Committed, Lane, Learned, NewDelivery, Revisions, RowFacts, Settlement, SourceLease,
        SourceState, Store, StoreError,
    },
    subscription::{Channel, Receiver, ReceiverId, WebhookFormat, Wish},
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::postgres::Database;

/// Makes a test on each store of each promise.
macro_rules! kept_by_both {
    ($($promise:ident,)*) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(crate::bench::Bench::sqlite().await).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(crate::bench::Bench::postgres().await).await;
                }
            )*
        }
    };
}

/// Longer than any test.
pub const LEASE: Duration = Duration::from_secs(60);

/// A store and where it is kept.
pub struct Bench {
    pub store: Arc<dyn Store>,
    url: String,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Database(Database),
}

impl Bench {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::at(url, Place::Folder(folder)).await
    }

    pub async fn postgres() -> Self {
        let database = Database::fresh().await;
        Self::at(database.url.clone(), Place::Database(database)).await
    }

    async fn at(url: String, place: Place) -> Self {
        let store = store::open(&url, None).await.expect("a store");
        Self { store, url, place }
    }

    /// The same store as another process sees it.
    pub async fn other_node(&self) -> Arc<dyn Store> {
        store::open(&self.url, None).await.expect("the same store")
    }

    /// Runs SQL behind the store's back.
    pub async fn behind_its_back(&self, sql: &str) {
        match &self.place {
            Place::Folder(folder) => rusqlite::Connection::open(folder.path().join("store.db"))
                .and_then(|db| db.execute_batch(sql))
                .expect("SQL"),
            Place::Database(database) => database.run(sql).await,
        }
    }

    /// Opens the store once more, and says when it is refused.
    pub async fn try_reopen(&self) -> Result<Arc<dyn Store>, StoreError> {
        store::open(&self.url, None).await
    }

    /// Closes the store and opens it again.
    pub async fn reopened(self) -> Self {
        let Self { store, url, place } = self;
        drop(store);
        Self::at(url, place).await
    }

    /// Enrols a source that is due at once, and leases it.
    pub async fn lease(&self, source: &str) -> SourceLease {
        let id = source_id(source);
        self.store
            .enrol_sources(&[(id.clone(), at(0))], at(1_000_000))
            .await
            .expect("enrolled");
        self.store
            .lease_source(&id, at(0), LEASE)
            .await
            .expect("a store")
            .expect("a free source")
    }

    /// A poll of `source` at `now` that shows `notices`, newest first, as the poll's comparison tells them.
    pub async fn poll(&self, source: &str, now: i64, announce: Announce, notices: Vec<Notice>) -> Committed {
        let lease = self.lease(source).await;
        let ids: Vec<NoticeId> = notices.iter().map(|notice| notice.id).collect();
        let known = self.store.known(&ids).await.expect("what is known");
        let changes = gazetted::notice::compare(&known, notices);
        self.commit(learned(&lease, now, announce, changes))
            .await
            .expect("a commit")
    }

    pub async fn commit(&self, learned: Learned) -> Result<Committed, StoreError> {
        self.store.commit(learned).await
    }

    pub async fn state(&self, source: &str) -> SourceState {
        let states = self.store.source_states().await.expect("states");
        states
            .into_iter()
            .find(|state| state.id == source_id(source))
            .expect("an enrolled source")
    }

    pub async fn titles(&self, source: &str) -> Vec<String> {
        let scope = store::Scope::Source(source_id(source));
        let newest = self.store.newest(&scope, 100).await.expect("notices");
        newest.into_iter().map(|entry| entry.notice.title).collect()
    }

    pub async fn enrol(&self, receivers: &[Receiver]) {
        let receivers: Vec<_> = receivers
            .iter()
            .map(|receiver| (receiver.clone(), token_hash(receiver)))
            .collect();
        self.store.enrol_receivers(&receivers, at(0)).await.expect("enrolled");
    }

    /// Leases every open announcement and fans it out to all receivers, on the `occasion` that it is.
    pub async fn fan_out(&self, now: i64, occasion: impl Fn(Subject) -> Occasion) -> usize {
        let mut told = 0;
        while let Some(announcement) = self.announcement(now).await {
            let receivers = self.store.receivers(None, 1_000).await.expect("receivers");
            let deliveries: Vec<_> = receivers
                .into_iter()
                .map(|row| NewDelivery {
                    receiver: row.receiver.id,
                    occasion: occasion(announcement.news.notice().expect("a notice")),
                    subject: announcement.news.notice(),
                    due: at(now),
                })
                .collect();
            self.store
                .fan_out(&announcement, &deliveries, None, at(now), LEASE)
                .await
                .expect("a fan-out");
            told += 1;
        }
        told
    }

    pub async fn announcement(&self, now: i64) -> Option<Announcement> {
        self.store.lease_announcement(at(now), LEASE).await.expect("a store")
    }

    /// Leases what is due.
    pub async fn due(&self, lane: Lane, now: i64) -> Vec<Delivery> {
        self.store
            .lease_deliveries(lane, at(now), LEASE, 1_000, &[])
            .await
            .expect("deliveries")
    }

    pub async fn settle(&self, delivery: &Delivery, now: i64, fate: Fate) -> u64 {
        let settlement = Settlement {
            id: delivery.id,
            fence: delivery.fence,
            fate,
            now: at(now),
        };
        self.store.settle(&[settlement]).await.expect("a store")
    }
}

/// An instant, in seconds after some other.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_600_000_000 + seconds).expect("an instant")
}

pub fn among(ids: &[SourceId]) -> Arc<HashSet<SourceId>> {
    Arc::new(ids.iter().cloned().collect())
}

pub fn source_id(name: &str) -> SourceId {
    name.parse().expect("an id")
}

/// A notice called `title` with the text `text`; none when it is empty.
pub fn notice(source: &str, title: &str, text: &str) -> Notice {
    named(source, title, title, text)
}

/// A notice with this key, whatever it is called.
pub fn named(source: &str, key: &str, title: &str, text: &str) -> Notice {
    Notice {
        id: NoticeId::of(&source_id(source), key),
        key: key.into(),
        title: title.into(),
        link: Some(format!("https://board.example/{key}").parse().expect("an address")),
        published: Some("2020-11-10".parse().expect("a day")),
        updated: None,
        author: None,
        categories: Vec::new(),
        views: Some(1),
        pinned: false,
        summary: None,
        content: SafeHtml::of_text(text),
        attachments: Vec::new(),
        language: None,
        guid: None,
    }
}

/// What a poll under `lease` at `now` learned. All its notices have the order `now`.
pub fn learned(lease: &SourceLease, now: i64, announce: Announce, changes: Vec<Change>) -> Learned {
    let facts = |change: &Change| RowFacts {
        row: row_of(change.notice()),
        article_read: Some(at(now)),
        order: at(now),
    };
    Learned {
        lease: lease.clone(),
        now: at(now),
        changes: changes
            .into_iter()
            .map(|change| (facts(&change), change))
            .map(|(f, c)| (c, f))
            .collect(),
        aliases: Vec::new(),
        absent: Default::default(),
        announce,
        revisions: Revisions::Notify,
        incident: None,
        push: None,
        state: SourceState {
            next_poll: at(now + 900),
            last_poll: Some(at(now)),
            baseline_done: true,
            ..lease.state.clone()
        },
    }
}

/// Some fingerprint of a row: its title's.
pub fn row_of(notice: &Notice) -> Fingerprint {
    Notice {
        content: None,
        ..notice.clone()
    }
    .fingerprint()
}

pub fn reader(name: &str) -> Receiver {
    let address = format!("{name}@example.org").parse().expect("an address");
    Receiver {
        wishes: vec![Wish::default()],
        zone: "Asia/Seoul".into(),
        ..Receiver::reader(address, "ko")
    }
}

pub fn hook(name: &str, url: &str) -> Receiver {
    let channel = Channel::Webhook {
        url: url.parse().expect("an address"),
        format: WebhookFormat::Standard,
    };
    Receiver {
        wishes: vec![Wish::default()],
        ..Receiver::new(ReceiverId::hook(name), channel)
    }
}

/// What stands for the hash of a receiver's unsubscribe token.
pub fn token_hash(receiver: &Receiver) -> [u8; 32] {
    let mut hash = [7; 32];
    for (byte, name) in hash.iter_mut().zip(receiver.id.0.bytes()) {
        *byte = name;
    }
    hash
}
