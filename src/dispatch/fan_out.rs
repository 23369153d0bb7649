//! From an announcement to deliveries: who wants it, and when it is due. In batches behind a cursor, so that a million
//! receivers are neither a transaction nor a moment's memory, and a crash resumes where it was.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use tracing::debug;

use super::Dispatch;
use crate::{
    delivery::{Incident, News, Occasion, Subject, Trouble},
    store::{NewDelivery, StoreError},
    subscription::{Channel, Hears, Offer, Receiver},
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
    let told = match announcement.news.notice() {
        Some(subject) => dispatch.store.subjects(&[subject]).await?.pop(),
        None => None,
    };
    let source = dispatch.sources.get(&announcement.source).cloned();
    let tags = source.as_ref().map_or(&[][..], |source| &source.tags);
    let matter = match (&announcement.news, &told) {
        (News::Incident(incident), _) => Some(Matter::Incident(incident.clone(), tags)),
        (News::Notice(subject), Some((_, entry))) => Some(Matter::Notice(*subject, Offer::new(tags, entry))),
        (News::Notice(_), None) => None,
    };
    let mut owed = 0;
    loop {
        let now = dispatch.clock.now();
        let receivers = match &matter {
            Some(_) => dispatch.store.receivers(announcement.cursor.as_ref(), BATCH).await?,
            None => Vec::new(),
        };
        let deliveries: Vec<_> = match &matter {
            Some(matter) => receivers
                .iter()
                .filter(|row| row.since <= announcement.seq && row.stopped.is_none())
                .filter_map(|row| owe(matter, &row.receiver, now))
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
    debug!(news = ?announcement.news, owed, "fanned out");
    Ok(true)
}

/// What an announcement tells, as receivers look at it.
enum Matter<'a> {
    Notice(Subject, Offer<'a>),
    /// Of a source with these tags.
    Incident(Incident, &'a [String]),
}

/// What is owed to a receiver.
fn owe(matter: &Matter<'_>, receiver: &Receiver, now: Timestamp) -> Option<NewDelivery> {
    let (occasion, subject, due) = match matter {
        Matter::Notice(subject, offer) => {
            if !matches!(receiver.hears, Hears::Notices | Hears::Both) {
                return None;
            }
            let zone = TimeZone::get(&receiver.zone).unwrap_or(TimeZone::UTC);
            let wanting = receiver.wishes.iter().filter(|wish| wish.rule.wants(offer));
            // Whoever wants it twice gets it once, and as early as they wished.
            let soonest = wanting
                .map(|wish| match wish.cadence.window_end(now, &zone) {
                    Some(end) => (Occasion::Digest(end), end),
                    None => (Occasion::Notice(*subject), now),
                })
                .min_by_key(|(_, due)| *due);
            let (occasion, due) = soonest?;
            (occasion, Some(*subject), due)
        }
        Matter::Incident(incident, tags) => {
            // Programs have no name for silence.
            let is_for_people =
                incident.trouble == Trouble::Silent && matches!(receiver.channel, Channel::Webhook { .. });
            let follows = receiver
                .wishes
                .iter()
                .any(|wish| wish.rule.follows(&incident.source, tags));
            if !matches!(receiver.hears, Hears::Incidents | Hears::Both) || !follows || is_for_people {
                return None;
            }
            (Occasion::Incident(incident.clone()), None, now)
        }
    };
    Some(NewDelivery {
        receiver: receiver.id.clone(),
        occasion,
        subject,
        due,
    })
}
