//! Webhooks: a POST for each notice. The standard format follows Standard Webhooks; `chat` has those of chat services.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::Url;

use super::{Told, chat, one_line, signature};
use crate::{
    delivery::{Incident, Trouble, Verdict},
    net::{self, HeaderName, HeaderValue},
    ops::Secret,
    subscription::WebhookFormat,
};

/// For a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A place to post to.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    /// Where to.
    pub url: &'a Url,
    /// In what shape.
    pub format: WebhookFormat,
    /// Signs what is sent, or is the token of a chat service.
    pub secret: Option<&'a Secret>,
}

/// The body that tells of a notice: the same bytes whenever it is made, as far as the ledger is the same.
pub fn body(hook: Hook<'_>, told: &Told) -> Vec<u8> {
    let body = match hook.format {
        WebhookFormat::Standard => standard(told),
        _ => chat::body(hook, told),
    };
    body.to_string().into_bytes()
}

/// The body that tells a program what happened to a source, which is called `name`.
pub fn incident(incident: &Incident, name: &str) -> Vec<u8> {
    let kind = match incident.trouble {
        Trouble::Failing | Trouble::Gone | Trouble::Silent => "source.failing",
        Trouble::Recovered => "source.recovered",
        Trouble::Held => "source.held",
    };
    let data = json!({
        "source": incident.source,
        "source_name": name,
        "state": incident.trouble,
        "reason": incident.why,
        "last_good": incident.last_good,
    });
    json!({"type": kind, "timestamp": incident.at, "data": data})
        .to_string()
        .into_bytes()
}

/// Posts `body` as the message `id`. A redirect is a failure: the admin named one address.
pub async fn send(client: &net::Client, hook: Hook<'_>, id: &str, body: Vec<u8>, now: Timestamp) -> Verdict {
    let (url, mut headers) = chat::address(hook, id);
    headers.push((
        HeaderName::from_static("content-type"),
        HeaderValue::from_static("application/json"),
    ));
    if hook.format == WebhookFormat::Standard {
        let signature = hook.secret.and_then(|secret| signature::sign(secret, id, now, &body));
        let Some(signature) = signature else {
            return Verdict::Later {
                why: "the webhook's secret can't sign".to_owned(),
                not_before: None,
                ambiguous: false,
            };
        };
        let fields = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", signature),
        ];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.push((HeaderName::from_static(name), value));
            }
        }
    }
    let answer = match hook.format {
        WebhookFormat::Matrix => client.put(&url, &headers, body, TIMEOUT).await,
        _ => client.post(&url, &headers, body, TIMEOUT).await,
    };
    match answer {
        Ok(answer) => verdict(answer.status, net::retry_after(&answer.headers), now),
        // It may have reached the receiver although no answer came.
        Err(miss) => Verdict::Later {
            why: one_line(&miss.to_string()),
            not_before: None,
            ambiguous: miss.is_transient(),
        },
    }
}

/// What a status says. 410 ends the webhook for good; every other failure is tried again, as receivers get mended.
pub(crate) fn verdict(status: u16, retry_after: Option<Duration>, now: Timestamp) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        410 => Verdict::Gone {
            why: "answered with status 410: it wants nothing any more".to_owned(),
        },
        status => Verdict::Later {
            why: format!("answered with status {status}"),
            not_before: retry_after.and_then(|wait| now.checked_add(wait).ok()),
            ambiguous: false,
        },
    }
}

fn standard(told: &Told) -> Value {
    let (entry, notice) = (&told.entry, &told.entry.notice);
    let files = notice
        .attachments
        .iter()
        .map(|file| json!({"name": file.name, "url": file.url, "media_type": file.media_type, "length": file.length}));
    let mut data = Map::new();
    let mut put = |key: &str, value: Value| data.insert(key.to_owned(), value);
    put("id", json!(notice.id));
    put("source", json!(entry.source));
    put("source_name", json!(told.source_name));
    put("title", json!(notice.title));
    put("link", json!(notice.link));
    put("page", json!(told.page));
    put("published", json!(notice.published));
    put("updated", json!(notice.updated));
    put("revision", json!(entry.revision));
    put("first_seen", json!(entry.first_seen));
    put("author", json!(notice.author));
    put("categories", json!(notice.categories));
    put("language", json!(told.language));
    put("views", json!(notice.views));
    put("summary", json!(told.excerpt(300)));
    put("content_html", json!(notice.content.as_ref().map(|html| html.as_str())));
    put("attachments", files.collect());
    let kind = if entry.revision > 1 {
        "notice.revised"
    } else {
        "notice.published"
    };
    json!({"type": kind, "timestamp": entry.revised, "data": data})
}
