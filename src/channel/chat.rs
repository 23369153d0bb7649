//! What chat services want to be posted. Each escapes what the service would read as markup or as a call to everyone.
//!
//! | format | address in the configuration | secret |
//! | --- | --- | --- |
//! | slack, discord, teams, mattermost | the incoming webhook's | – |
//! | telegram | `https://api.telegram.org/?chat_id=ID` | the bot's token |
//! | ntfy | the topic's, such as `https://ntfy.sh/topic` | an access token, where the server wants one |
//! | matrix | `https://host/_matrix/client/v3/rooms/ROOM` | the access token |

use serde_json::{Value, json};
use url::Url;

use super::{Told, shorten, webhook::Hook};
use crate::{
    net::{HeaderName, HeaderValue},
    subscription::WebhookFormat,
};

/// The longest excerpt of a notice in a chat.
const EXCERPT: usize = 400;

/// The body for a chat service.
pub(super) fn body(hook: Hook<'_>, told: &Told) -> Value {
    let title = shorten(&told.entry.notice.title, 200);
    let address = told.address().as_str();
    let line = match told.date() {
        Some(date) => format!("{} · {date}", told.source_name),
        None => told.source_name.clone(),
    };
    let excerpt = told.excerpt(EXCERPT);
    match hook.format {
        WebhookFormat::Slack | WebhookFormat::Mattermost => {
            let text = |text: &str| {
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('@', "@\u{200b}")
            };
            let link = address.replace('|', "%7C").replace('>', "%3E");
            let heading = match hook.format {
                WebhookFormat::Slack => format!("*<{link}|{}>*", text(&title)),
                _ => format!("**[{}]({})**", text(&markdown(&title)), address.replace(')', "%29")),
            };
            json!({"text": format!("{heading}\n{}\n{}", text(&line), text(&excerpt)).trim()})
        }
        WebhookFormat::Discord => json!({
            "allowed_mentions": {"parse": []},
            "embeds": [{"title": title, "url": address, "description": markdown(&excerpt), "footer": {"text": shorten(&line, 2_000)}}],
        }),
        WebhookFormat::Teams => json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        {"type": "TextBlock", "text": markdown(&title), "weight": "Bolder", "size": "Medium", "wrap": true},
                        {"type": "TextBlock", "text": markdown(&line), "isSubtle": true, "spacing": "None", "wrap": true},
                        {"type": "TextBlock", "text": markdown(&excerpt), "wrap": true},
                    ],
                    "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": address}],
                },
            }],
        }),
        WebhookFormat::Telegram => {
            let text = format!(
                "<b>{}</b>\n{}\n{}\n{}",
                html(&title),
                html(&line),
                html(&excerpt),
                html(address)
            );
            json!({"text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": true}})
        }
        WebhookFormat::Ntfy => {
            let topic = hook
                .url
                .path_segments()
                .and_then(|mut path| path.next_back())
                .unwrap_or_default();
            json!({"topic": topic, "title": title, "message": format!("{line}\n{excerpt}").trim(), "click": address})
        }
        WebhookFormat::Matrix => json!({
            "msgtype": "m.notice",
            "body": format!("{title}\n{line}\n{address}"),
            "format": "org.matrix.custom.html",
            "formatted_body": format!("<a href=\"{}\"><b>{}</b></a><br>{}<br>{}", html(address), html(&title), html(&line), html(&excerpt)),
            "m.mentions": {},
        }),
        // `webhook` makes this one.
        WebhookFormat::Standard => Value::Null,
    }
}

/// Where a message goes, and the headers that say who sends it.
pub(super) fn address(hook: Hook<'_>, id: &str) -> (Url, Vec<(HeaderName, HeaderValue)>) {
    let mut url = hook.url.clone();
    let mut headers = Vec::new();
    let token = hook.secret.map(|secret| secret.expose());
    match (hook.format, token) {
        (WebhookFormat::Telegram, Some(token)) => url.set_path(&format!("/bot{token}/sendMessage")),
        (WebhookFormat::Matrix, _) if !url.path().contains("/send/") => {
            let path = format!("{}/send/m.room.message/{id}", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        // JSON goes to the server's root, with the topic inside.
        (WebhookFormat::Ntfy, _) => {
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop();
            }
        }
        _ => {}
    }
    if let (WebhookFormat::Matrix | WebhookFormat::Ntfy, Some(token)) = (hook.format, token)
        && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}"))
    {
        value.set_sensitive(true);
        headers.push((HeaderName::from_static("authorization"), value));
    }
    (url, headers)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// `text` with what Markdown would read as markup made literal, and no mention.
fn markdown(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '@' => literal.push_str("@\u{200b}"),
            '\\' | '*' | '_' | '`' | '[' | ']' | '(' | ')' | '#' | '>' | '<' | '~' | '|' | '!' => {
                literal.extend(['\\', c])
            }
            c => literal.push(c),
        }
    }
    literal
}
