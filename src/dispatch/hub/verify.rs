//! Whether who asked for something means it (WebSub §5.3): its callback echoes a challenge that nobody can guess.
//!
//! Until then it is sent nothing else, and asked seldom enough that nobody can turn us on others.

use std::time::Duration;

use aws_lc_rs::rand;
use tracing::{debug, info};

use crate::{
    dispatch::Dispatch,
    store::{Rates, StoreError, Verified},
    websub::{Intent, Mode, signature::hexadecimal},
};

/// How often one callback, and all callbacks at one host, are asked in an hour.
const RATES: Rates = Rates {
    per_callback: 4,
    per_host: 20,
};

/// How many are asked at a time.
pub(super) const AT_ONCE: usize = 8;

/// For a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a worker may take for one.
const LEASE: Duration = Duration::from_secs(60);

/// How often a callback that can't be reached is asked, and how long after the try before.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(60);

/// What was asked longer ago is forgotten, in seconds: whoever still wants it has asked again.
const LONGEST_ASKED: i64 = 6 * 3_600;

/// Leases what is to be verified now.
///
/// # Errors
///
/// When the store fails.
pub(super) async fn due(dispatch: &Dispatch) -> Result<Vec<Intent>, StoreError> {
    let (store, now) = (&dispatch.store, dispatch.clock.now());
    match store.next_due_intent().await? {
        Some(due) if due <= now => store.lease_intents(now, LEASE, RATES, AT_ONCE).await,
        _ => Ok(Vec::new()),
    }
}

/// Asks the callback of one intent, and records what it said.
///
/// # Errors
///
/// When the store fails.
pub(super) async fn verify(dispatch: Dispatch, intent: Intent) -> Result<(), StoreError> {
    let said = ask(&dispatch, &intent).await;
    let now = dispatch.clock.now();
    let verified = match said {
        Said::Yes if intent.mode == Mode::Unsubscribe => Verified::Meant { version: 0 },
        Said::Yes => {
            // Read before it counts: a change in between is told, at worst one that is in the feed already.
            let versions = dispatch.hub.topics.versions().await;
            match versions.map(|versions| dispatch.hub.topics.version(&intent.topic, &versions)) {
                Some(Some(version)) => Verified::Meant { version },
                // There is no such feed any more.
                Some(None) => Verified::Refused,
                None => Verified::Again { at: now + PAUSE },
            }
        }
        Said::No => Verified::Refused,
        Said::Nothing if intent.tries >= TRIES => Verified::Refused,
        Said::Nothing if now.duration_since(intent.asked).as_secs() > LONGEST_ASKED => Verified::Refused,
        Said::Nothing => Verified::Again { at: now + PAUSE },
    };
    info!(
        host = intent.host,
        topic = intent.topic,
        mode = intent.mode.as_str(),
        ?verified,
        "a subscriber of the hub was asked whether this is meant"
    );
    dispatch.store.settle_intent(&intent, verified, now).await
}

/// What a callback said.
enum Said {
    Yes,
    No,
    /// It could not be reached, or not be asked just now.
    Nothing,
}

async fn ask(dispatch: &Dispatch, intent: &Intent) -> Said {
    let mut random = [0; 16];
    if rand::fill(&mut random).is_err() {
        return Said::Nothing;
    }
    let challenge = hexadecimal("", &random);
    match dispatch.client.question(&intent.question(&challenge), TIMEOUT).await {
        Ok(answer) if (200..300).contains(&answer.status) => match answer.body == challenge.as_bytes() {
            true => Said::Yes,
            false => Said::No,
        },
        Ok(answer) if matches!(answer.status, 429 | 500..) => Said::Nothing,
        Ok(_) => Said::No,
        Err(miss) => {
            debug!(host = intent.host, "a callback could not be asked: {miss}");
            match miss.is_transient() {
                true => Said::Nothing,
                false => Said::No,
            }
        }
    }
}
