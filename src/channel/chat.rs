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
        WebhookFormat::Slack => {
            let link = html(address).replace('|', "%7C");
            let text = format!("*<{link}|{}>*\n{}\n{}", slack(&title), slack(&line), slack(&excerpt));
            json!({"text": text.trim()})
        }
        WebhookFormat::Mattermost => {
            let link = address.replace('(', "%28").replace(')', "%29");
            let text = format!(
                "**[{}]({link})**\n{}\n{}",
                markdown(&title),
                markdown(&line),
                markdown(&excerpt)
            );
            json!({"text": text.trim()})
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
            let topic = topic(hook.url).unwrap_or_default();
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

/// The topic that the address of an ntfy webhook names.
pub fn topic(url: &Url) -> Option<&str> {
    url.path_segments()?.rfind(|segment| !segment.is_empty())
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
                path.pop_if_empty().pop();
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

/// `text` as Slack shows it, and no mention.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('@', "@\u{200b}")
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
            '\\' | '*' | '_' | '`' | '[' | ']' | '(' | ')' | '#' | '>' | '<' | '~' | '|' | '!' | '&' => {
                literal.extend(['\\', c])
            }
            c => literal.push(c),
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;
    use crate::notice::{Entry, Notice, NoticeId, SafeHtml};

    fn told() -> Told {
        let source = "town".parse().expect("an id");
        let notice = Notice {
            id: NoticeId::of(&source, "1"),
            key: "1".to_owned(),
            title: "Water & <gas> [off]* @all".to_owned(),
            link: "https://town.example/view?a=1&b=(2)|3".parse().ok(),
            published: "2020-11-10".parse().ok(),
            updated: None,
            author: None,
            categories: Vec::new(),
            views: None,
            pinned: false,
            summary: None,
            content: SafeHtml::clean("<p># *All* day_long &amp;lt; ![x](y)</p>", None),
            attachments: Vec::new(),
            language: None,
            guid: None,
        };
        Told {
            changed: None,
            entry: Entry {
                seq: 1,
                source,
                notice,
                revision: 1,
                first_seen: Timestamp::UNIX_EPOCH,
                revised: Timestamp::UNIX_EPOCH,
                withdrawn: None,
            },
            source_name: "Town *hall*".to_owned(),
            language: None,
            zone: TimeZone::UTC,
            page: "https://notices.example.org/1".parse().expect("an address"),
        }
    }

    fn hook(format: WebhookFormat, url: &Url) -> Hook<'_> {
        Hook {
            url,
            format,
            secret: None,
        }
    }

    #[track_caller]
    fn check(format: WebhookFormat, expected: &str) {
        let url = Url::parse("https://chat.example/hook").expect("an address");
        assert_eq!(body(hook(format, &url), &told())["text"], expected);
    }

    #[test]
    fn each_service_shows_the_characters_of_the_notice() {
        check(
            WebhookFormat::Slack,
            "*<https://town.example/view?a=1&amp;b=(2)%7C3|Water &amp; &lt;gas&gt; [off]* @\u{200b}all>*\n\
             Town *hall* · 2020-11-10\n# *All* day_long &amp;lt; ![x](y)",
        );
        check(
            WebhookFormat::Mattermost,
            "**[Water \\& \\<gas\\> \\[off\\]\\* @\u{200b}all](https://town.example/view?a=1&b=%282%29|3)**\n\
             Town \\*hall\\* · 2020-11-10\n\\# \\*All\\* day\\_long \\&lt; \\!\\[x\\]\\(y\\)",
        );
    }

    #[test]
    fn the_topic_of_ntfy_is_in_its_address_with_a_slash_behind_or_without() {
        for (told, server) in [
            ("https://ntfy.example/city", "https://ntfy.example/"),
            ("https://ntfy.example/city/", "https://ntfy.example/"),
            ("https://example.org/ntfy/city/", "https://example.org/ntfy"),
        ] {
            let url = Url::parse(told).expect("an address");
            let hook = || hook(WebhookFormat::Ntfy, &url);
            assert_eq!(body(hook(), &self::told())["topic"], "city", "{told}");
            assert_eq!(address(hook(), "1").0.as_str(), server, "{told}");
        }
        assert_eq!(topic(&"https://ntfy.example/".parse().expect("an address")), None);
    }
}
