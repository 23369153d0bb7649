//! One push to one subscriber (WebSub §7): the feed as it is now, whatever it was when it was owed.

use std::time::Duration;

use url::{Url, form_urlencoded};

use crate::{
    channel::webhook::verdict,
    delivery::{Delivery, Occasion, Verdict},
    dispatch::{Dispatch, verdict::later},
    net::{HeaderName, HeaderValue, Miss},
    subscription::ReceiverId,
    websub::{Subscription, signature},
};

/// For a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Pushes what `delivery` owes.
pub(in crate::dispatch) async fn push(dispatch: &Dispatch, delivery: &Delivery) -> Verdict {
    if let Occasion::Ping { topics, .. } = &delivery.occasion {
        return ping(dispatch, &delivery.receiver, topics).await;
    }
    let subscription = match dispatch.store.subscription(&delivery.receiver).await {
        Ok(Some(subscription)) if subscription.until > dispatch.clock.now() => subscription,
        Ok(_) => {
            return Verdict::Refused {
                why: "its subscription has ended".to_owned(),
            };
        }
        Err(error) => return later(&error.to_string()),
    };
    match dispatch.hub.topics.feed(&subscription.topic).await {
        Ok(Some(feed)) => {
            let mut headers = vec![("content-type", feed.content_type), ("link", feed.link)];
            if let Some(secret) = &subscription.secret {
                headers.push(("x-hub-signature", signature::of(secret, &feed.body)));
            }
            post(dispatch, &subscription.callback, headers, feed.body.to_vec()).await
        }
        Ok(None) => gone(&subscription),
        Err(why) => later(&why),
    }
}

/// Tells another hub that these feeds changed, as hubs of PubSubHubbub 0.4 want to hear it: the recommendation leaves it open.
async fn ping(dispatch: &Dispatch, receiver: &ReceiverId, topics: &[String]) -> Verdict {
    let Some(hub) = dispatch
        .hub
        .others
        .iter()
        .find(|hub| receiver.0 == format!("hub:{hub}"))
    else {
        return Verdict::Refused {
            why: "this hub is not in the configuration any more".to_owned(),
        };
    };
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", "publish")
        .extend_pairs(topics.iter().map(|topic| ("hub.url", topic)))
        .finish();
    let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    match post(dispatch, hub, headers, form.into_bytes()).await {
        // It may be mended: other than a subscriber's, a hub's 410 ends nothing.
        Verdict::Gone { why } => later(&why),
        verdict => verdict,
    }
}

async fn post(dispatch: &Dispatch, to: &Url, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Verdict {
    let headers: Vec<_> = headers
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?)))
        .collect();
    match dispatch.client.post(to, &headers, body, TIMEOUT).await {
        Ok(answer) => verdict(
            answer.status,
            crate::net::retry_after(&answer.headers),
            dispatch.clock.now(),
        ),
        Err(miss) => Verdict::Later {
            why: told(&miss),
            not_before: None,
            ambiguous: miss.is_transient(),
        },
    }
}

fn told(miss: &Miss) -> String {
    miss.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}

fn gone(subscription: &Subscription) -> Verdict {
    Verdict::Gone {
        why: format!("there is no feed {} any more", subscription.topic),
    }
}
