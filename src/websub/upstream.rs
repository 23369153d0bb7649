//! A subscription of ours at a hub: what becomes of it by what the hub says. Times are told to it.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{notice::SourceId, source::Hub};

/// What we ask for, in seconds. Hubs make of it what they like.
const WANTED_LEASE: u32 = 10 * 86_400;

/// A lease is taken to be at least and at most this long, in seconds, whatever the hub says.
const LEASES: (i64, i64) = (60, 90 * 86_400);

/// The lease of a hub that does not say how long it is.
const UNSAID_LEASE: i64 = 86_400;

/// How long we wait for the verification before the hub is asked again, at first; doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(5 * 60);
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3_600);

/// How long a hub that denied the subscription is left alone.
const AFTER_DENIAL: Duration = Duration::from_secs(86_400);

/// So many times a hub is asked to end a subscription. Then it ends by its lease.
const GOODBYES: u32 = 5;

/// The longest reason of a denial that is kept, in characters.
const LONGEST_REASON: usize = 200;

/// How far a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The hub is asked; it has verified nothing yet.
    Asked,
    /// The hub has verified it.
    Held,
    /// The hub has denied it.
    Denied,
    /// The hub is asked to end it.
    Leaving,
}

/// A subscription at a hub.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Names it in the callback's address: 128 bits in hexadecimal, known to the hub alone.
    pub token: String,
    /// Whose news is pushed.
    pub source: SourceId,
    /// Where, and what.
    pub hub: Hub,
    /// Our own address at the time, which the token is put behind.
    pub callback: Url,
    /// What pushes are signed with: 256 bits in hexadecimal.
    pub secret: String,
    /// How far it is.
    pub standing: Standing,
    /// When the hub's lease ends.
    pub until: Option<Timestamp>,
    /// When the hub is asked next.
    pub due: Timestamp,
    /// How often it was asked since it last verified.
    pub asked: u32,
    /// What it said when it last refused, for people.
    pub why: Option<String>,
    /// Whether pushes arrive: one did, and no poll has found news since that should have been pushed.
    pub proven: bool,
    /// Grows with each change that is kept.
    pub version: i64,
}

impl fmt::Debug for Upstream {
    /// Without token and secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("source", &self.source)
            .field("hub", &self.hub.url.as_str())
            .field("standing", &self.standing)
            .field("until", &self.until)
            .field("proven", &self.proven)
            .finish_non_exhaustive()
    }
}

/// What a hub may ask of a subscriber (section 5.3, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// To confirm that the subscription is meant, for so many seconds.
    Subscribe {
        /// `hub.lease_seconds`
        lease: Option<i64>,
    },
    /// To confirm that it is to end.
    Unsubscribe,
}

/// What a hub pushed and nobody has read yet. Its signature was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Its number.
    pub seq: i64,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// When it came.
    pub at: Timestamp,
}

impl Upstream {
    /// A subscription that is to be asked for at once.
    pub fn new(source: SourceId, hub: Hub, callback: Url, token: String, secret: String, now: Timestamp) -> Self {
        Self {
            token,
            source,
            hub,
            callback,
            secret,
            standing: Standing::Asked,
            until: None,
            due: now,
            asked: 0,
            why: None,
            proven: false,
            version: 0,
        }
    }

    /// Whether the hub's lease holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.standing == Standing::Held && self.until.is_some_and(|until| until > now)
    }

    /// Until when the hub can be relied on to tell what is new.
    pub fn relied_on_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|_| self.proven && self.holds(now))
    }

    /// Whether the hub is to be asked no more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let was_never = self.until.is_none_or(|until| until <= now);
        self.standing == Standing::Leaving && (self.asked >= GOODBYES || was_never && self.asked > 0)
    }

    /// It, asked for once more at `now`: as if no answer came. So whoever dies over it costs no more than the wait.
    pub fn asked_at(&self, now: Timestamp) -> Self {
        let asked = self.asked.saturating_add(1);
        Self {
            asked,
            due: later(now, asked_again_after(asked)),
            standing: match self.standing {
                Standing::Denied => Standing::Asked,
                standing => standing,
            },
            ..self.clone()
        }
    }

    /// It, after the hub asked whether it is meant; `None` when it is not, and the hub must hear so.
    pub fn confirmed(&self, offer: Offer, topic: &str, now: Timestamp) -> Option<Self> {
        let is_leaving = self.standing == Standing::Leaving;
        let is_wanted = match offer {
            Offer::Subscribe { .. } => !is_leaving,
            Offer::Unsubscribe => is_leaving,
        };
        if !is_wanted || topic != self.hub.topic.as_str() {
            return None;
        }
        let Offer::Subscribe { lease } = offer else {
            return Some(Self {
                until: None,
                asked: GOODBYES,
                ..self.clone()
            });
        };
        let seconds = lease.unwrap_or(UNSAID_LEASE).clamp(LEASES.0, LEASES.1).unsigned_abs();
        Some(Self {
            standing: Standing::Held,
            until: Some(later(now, Duration::from_secs(seconds))),
            // Renewed when three quarters are over, so that some tries are left.
            due: later(now, Duration::from_secs(seconds * 3 / 4)),
            asked: 0,
            why: None,
            ..self.clone()
        })
    }

    /// It, after the hub denied it, which it may do at any time (section 5.2).
    pub fn denied(&self, reason: &str, now: Timestamp) -> Self {
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_REASON)
            .collect();
        Self {
            standing: match self.standing {
                Standing::Leaving => Standing::Leaving,
                _ => Standing::Denied,
            },
            until: None,
            due: later(now, AFTER_DENIAL),
            proven: false,
            why: Some(match reason.is_empty() {
                true => "denied without a reason".to_owned(),
                false => format!("denied: {reason}"),
            }),
            ..self.clone()
        }
    }

    /// It, to be ended.
    pub fn left(&self, now: Timestamp) -> Self {
        Self {
            standing: Standing::Leaving,
            due: now,
            asked: 0,
            proven: false,
            ..self.clone()
        }
    }

    /// Where the hub finds us.
    pub fn address(&self) -> Url {
        let mut address = self.callback.clone();
        address.set_path(&format!("{}websub/{}", self.callback.path(), self.token));
        address
    }

    /// What is posted to the hub (section 5.1).
    pub fn question(&self) -> Vec<u8> {
        let mode = match self.standing {
            Standing::Leaving => "unsubscribe",
            _ => "subscribe",
        };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("hub.mode", mode)
            .append_pair("hub.topic", self.hub.topic.as_str())
            .append_pair("hub.callback", self.address().as_str());
        if mode == "subscribe" {
            form.append_pair("hub.secret", &self.secret)
                .append_pair("hub.lease_seconds", &WANTED_LEASE.to_string());
        }
        form.finish().into_bytes()
    }
}

/// The wait after a hub was asked for the `asked`th time without an answer that counts.
fn asked_again_after(asked: u32) -> Duration {
    FIRST_WAIT
        .saturating_mul(1 << asked.saturating_sub(1).min(16))
        .min(LONGEST_WAIT)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn asked() -> Upstream {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let hub = Hub {
            url: url("https://hub.example/"),
            topic: url("https://town.example/feed?a=1&b=2"),
        };
        let source = "town".parse().expect("an id");
        let new = Upstream::new(
            source,
            hub,
            url("https://us.example/g/"),
            "t".repeat(32),
            "s".repeat(64),
            at(0),
        );
        new.asked_at(at(0))
    }

    const TOPIC: &str = "https://town.example/feed?a=1&b=2";

    fn subscribe(lease: i64) -> Offer {
        Offer::Subscribe { lease: Some(lease) }
    }

    #[test]
    fn a_hub_is_asked_for_the_topic_with_a_callback_and_a_secret_of_its_own() {
        let question = String::from_utf8(asked().question()).expect("a form");
        for part in [
            "hub.mode=subscribe",
            "hub.topic=https%3A%2F%2Ftown.example%2Ffeed%3Fa%3D1%26b%3D2",
            &format!(
                "hub.callback=https%3A%2F%2Fus.example%2Fg%2Fwebsub%2F{}",
                "t".repeat(32)
            ),
            &format!("hub.secret={}", "s".repeat(64)),
            "hub.lease_seconds=864000",
        ] {
            assert!(question.contains(part), "{question}");
        }
        let goodbye = String::from_utf8(asked().left(at(1)).question()).expect("a form");
        assert!(goodbye.contains("hub.mode=unsubscribe") && !goodbye.contains("hub.secret"));
    }

    #[test]
    fn only_what_we_asked_for_is_confirmed() {
        assert!(
            asked()
                .confirmed(subscribe(100), "https://other.example/", at(1))
                .is_none()
        );
        assert!(asked().confirmed(Offer::Unsubscribe, TOPIC, at(1)).is_none());
        let held = asked().confirmed(subscribe(1_000), TOPIC, at(1)).expect("held");
        assert!(held.holds(at(1_000)) && !held.holds(at(1_001)));
        assert!(held.confirmed(Offer::Unsubscribe, TOPIC, at(2)).is_none());
        let leaving = held.left(at(3));
        assert!(leaving.confirmed(subscribe(1_000), TOPIC, at(4)).is_none());
        let left = leaving.confirmed(Offer::Unsubscribe, TOPIC, at(4)).expect("left");
        assert!(left.is_over(at(4)));
    }

    #[test]
    fn a_lease_is_renewed_before_it_ends_and_bounded_whatever_the_hub_says() {
        let held = asked().confirmed(subscribe(1_000), TOPIC, at(0)).expect("held");
        assert_eq!(held.due, at(750));
        assert!(held.asked_at(at(750)).holds(at(999)), "it holds while it is renewed");
        for lease in [i64::MIN, -1, 0, i64::MAX] {
            let held = asked().confirmed(subscribe(lease), TOPIC, at(0)).expect("held");
            assert!(held.holds(at(59)) && !held.holds(at(91 * 86_400)), "{lease}");
        }
    }

    #[test]
    fn a_hub_that_fails_is_asked_less_and_less_and_one_that_denies_after_a_day() {
        let waits: Vec<u64> = [1, 2, 3, 40]
            .map(|asked| asked_again_after(asked).as_secs() / 60)
            .into();
        assert_eq!(waits, [5, 10, 20, 360]);
        let denied = asked().denied("no\nfeed of ours", at(0));
        assert_eq!((denied.standing, denied.due), (Standing::Denied, at(86_400)));
        assert_eq!(denied.why.as_deref(), Some("denied: nofeed of ours"));
    }

    #[test]
    fn a_hub_is_relied_on_while_its_lease_holds_and_its_pushes_arrive() {
        let held = asked().confirmed(subscribe(1_000), TOPIC, at(0)).expect("held");
        assert_eq!(held.relied_on_until(at(1)), None, "nothing has arrived yet");
        let proven = Upstream { proven: true, ..held };
        assert_eq!(proven.relied_on_until(at(1)), Some(at(1_000)));
        assert_eq!(proven.relied_on_until(at(1_000)), None);
        assert_eq!(proven.denied("", at(1)).relied_on_until(at(1)), None);
    }
}
