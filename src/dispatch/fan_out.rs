//! From an announcement to deliveries: who wants it, and when it is due. In batches behind a cursor, so that a million
//! receivers are neither a transaction nor a moment's memory, and a crash resumes where it was.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use tracing::debug;

use super::Dispatch;
use crate::{
    delivery::{Announcement, Occasion},
    store::{NewDelivery, ReceiverRow, StoreError},
    subscription::Offer,
};

/// Receivers asked in one transaction.
const BATCH: usize = 500;

/// How long a worker may hold an announcement for one batch.
const LEASE: Duration = Duration::from_secs(60);

/// Fans out the oldest open announcement; `false` when there is none. `going_on` is asked between batches; what is left
/// then goes on when the lease is over.
///
/// # Errors
///
/// When the store fails. [`StoreError::LeaseLost`] is not an error here: another worker goes on.
pub(super) async fn fan_out(
    dispatch: &Dispatch,
    going_on: &(dyn Fn() -> bool + Send + Sync),
) -> Result<bool, StoreError> {
    let Some(mut announcement) = dispatch.store.lease_announcement(dispatch.clock.now(), LEASE).await? else {
        return Ok(false);
    };
    let told = dispatch.store.subjects(&[announcement.subject]).await?.pop();
    let offer = told.as_ref().map(|(_, entry)| {
        let source = dispatch.sources.get(&announcement.source);
        let tags = source.map_or(&[][..], |source| &source.tags);
        Offer::new(&announcement.source, tags, &entry.notice)
    });
    let mut owed = 0;
    loop {
        let now = dispatch.clock.now();
        let receivers = match &offer {
            Some(_) => dispatch.store.receivers(announcement.cursor.as_ref(), BATCH).await?,
            None => Vec::new(),
        };
        let deliveries: Vec<_> = match &offer {
            Some(offer) => receivers
                .iter()
                .filter_map(|row| owe(&announcement, offer, row, now))
                .collect(),
            None => Vec::new(),
        };
        owed += deliveries.len();
        let cursor = if receivers.len() < BATCH {
            None
        } else {
            receivers.last().map(|row| row.receiver.id.clone())
        };
        match dispatch
            .store
            .fan_out(&announcement, &deliveries, cursor.as_ref(), now, LEASE)
            .await
        {
            Ok(()) => {}
            Err(StoreError::LeaseLost) => return Ok(true),
            Err(error) => return Err(error),
        }
        match cursor {
            Some(_) if going_on() => announcement.cursor = cursor,
            _ => break,
        }
    }
    debug!(notice = %announcement.subject.notice, owed, "fanned out");
    Ok(true)
}

/// What is owed to a receiver by an announcement of what `offer` shows.
fn owe(announcement: &Announcement, offer: &Offer<'_>, row: &ReceiverRow, now: Timestamp) -> Option<NewDelivery> {
    let receiver = &row.receiver;
    let wanted = row.since <= announcement.seq && row.stopped.is_none() && receiver.rule.wants(offer);
    wanted.then(|| {
        let zone = TimeZone::get(&receiver.zone).unwrap_or(TimeZone::UTC);
        let (occasion, due) = match receiver.cadence.window_end(now, &zone) {
            Some(end) => (Occasion::Digest(end), end),
            None => (Occasion::Notice(announcement.subject), now),
        };
        NewDelivery {
            receiver: receiver.id.clone(),
            occasion,
            subject: announcement.subject,
            due,
        }
    })
}
