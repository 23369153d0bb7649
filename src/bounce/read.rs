//! From the bytes of a message to what it says.

use std::sync::LazyLock;

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use regex::Regex;

use super::{Failure, Returned, Says, says_no_mailbox};

/// As much of a message is read, in bytes. What matters stands before the mail that it quotes.
const MOST_BYTES: usize = 256 * 1024;

/// Messages within messages are read so deep at most; no server sends more than two.
const DEEPEST: usize = 8;

/// As much of the words of a message without a report is searched, in bytes.
const MOST_WORDS: usize = 16 * 1024;

/// Most addresses that are taken from one message.
const MOST_ADDRESSES: usize = 64;

/// Reads a message that came back. What can't be read says [`Says::Nothing`].
pub fn read(bytes: &[u8]) -> Returned {
    let bytes = &bytes[..bytes.len().min(MOST_BYTES)];
    let nothing = Returned {
        says: Says::Nothing,
        to: Vec::new(),
        about: Vec::new(),
    };
    if is_deep(bytes) {
        return nothing;
    }
    let Some(message) = MessageParser::default().parse(bytes) else {
        return nothing;
    };
    let original = message
        .parts
        .iter()
        .find_map(|part| original(part, bytes))
        .unwrap_or_default();
    let mut about = addresses_in(&original);
    let says = match report(&message).as_deref() {
        Some("delivery-status") => message
            .parts
            .iter()
            .find(|part| is_type(part, "message", "delivery-status"))
            .map_or(Says::Nothing, |part| delivery_status(&text(part, bytes))),
        Some("feedback-report") => {
            let fields = message
                .parts
                .iter()
                .find(|part| is_type(part, "message", "feedback-report"))
                .map(|part| text(part, bytes))
                .unwrap_or_default();
            about.extend(addresses_in(&fields));
            complaint(&fields)
        }
        Some(_) => Says::Nothing,
        None => without_report(&message),
    };
    about.truncate(MOST_ADDRESSES);
    Returned {
        says,
        to: sent_to(&message),
        about,
    }
}

/// Whether messages stand in messages too often: each costs a level of whatever walks over them.
fn is_deep(bytes: &[u8]) -> bool {
    static MESSAGE: LazyLock<regex::bytes::Regex> =
        LazyLock::new(|| regex::bytes::Regex::new(r"(?i)message/").expect("a valid pattern"));
    MESSAGE.find_iter(bytes).nth(DEEPEST).is_some()
}

/// The kind of a report (RFC 6522 §3), in lower case.
fn report(message: &Message<'_>) -> Option<String> {
    let kind = message
        .content_type()
        .filter(|kind| kind.ctype().eq_ignore_ascii_case("multipart"))?;
    let is_report = kind
        .subtype()
        .is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"));
    let named = kind.attribute("report-type").map(str::to_ascii_lowercase);
    // Some servers leave the kind out, or send the parts as any other mixture.
    let has = |subtype| message.parts.iter().any(|part| is_type(part, "message", subtype));
    match named {
        Some(named) if is_report => Some(named),
        _ if has("delivery-status") => Some("delivery-status".to_owned()),
        _ if has("feedback-report") => Some("feedback-report".to_owned()),
        _ => None,
    }
}

fn is_type(part: &MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|found| {
        found.ctype().eq_ignore_ascii_case(kind)
            && found.subtype().is_some_and(|found| found.eq_ignore_ascii_case(subtype))
    })
}

/// The text of a part, whatever its type.
fn text(part: &MessagePart<'_>, bytes: &[u8]) -> String {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.clone().into_owned(),
        PartType::Binary(binary) | PartType::InlineBinary(binary) => String::from_utf8_lossy(binary).into_owned(),
        PartType::Message(_) | PartType::Multipart(_) => {
            let range = part.offset_body as usize..part.offset_end as usize;
            String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned()
        }
    }
}

/// The header of the mail that a report speaks of, where the report has it.
fn original(part: &MessagePart<'_>, bytes: &[u8]) -> Option<String> {
    let quotes = is_type(part, "message", "rfc822")
        || is_type(part, "message", "global")
        || is_type(part, "text", "rfc822-headers")
        || is_type(part, "message", "rfc822-headers");
    let whole = quotes.then(|| text(part, bytes))?;
    let end = whole.find("\r\n\r\n").or_else(|| whole.find("\n\n"));
    Some(whole[..end.unwrap_or(whole.len())].to_owned())
}

/// What looks like an address of a kind that is ours.
fn addresses_in(text: &str) -> Vec<String> {
    static OURS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:bounce|unsubscribe)\+[a-z0-9]{1,64}@[a-z0-9.\-]{1,253}").expect("a valid pattern")
    });
    OURS.find_iter(text)
        .take(MOST_ADDRESSES)
        .map(|found| found.as_str().to_ascii_lowercase())
        .collect()
}

fn sent_to(message: &Message<'_>) -> Vec<String> {
    let mut to = Vec::new();
    for header in message.headers() {
        let is_way = matches!(&header.name, HeaderName::To | HeaderName::Cc)
            || ["delivered-to", "x-original-to", "envelope-to"]
                .contains(&header.name.as_str().to_ascii_lowercase().as_str());
        match &header.value {
            _ if !is_way => {}
            HeaderValue::Address(Address::List(list)) => {
                to.extend(
                    list.iter()
                        .filter_map(|one| one.address.as_deref())
                        .map(str::to_ascii_lowercase),
                );
            }
            HeaderValue::Text(text) => to.push(text.trim().trim_matches(['<', '>']).to_ascii_lowercase()),
            _ => {}
        }
    }
    to.truncate(MOST_ADDRESSES);
    to
}

/// What the fields of a delivery report say (RFC 3464 §2.3). A mail of ours has one recipient, so the first that failed counts.
fn delivery_status(text: &str) -> Says {
    for recipient in unfolded(text).split("\n\n") {
        let field = |name: &str| field(recipient, name);
        if !field("action").is_some_and(|action| action.eq_ignore_ascii_case("failed")) {
            continue;
        }
        let (diagnosis, status) = (field("diagnostic-code"), field("status"));
        // What the last server said is more exact than what the one that reports made of it.
        let said = format!("{} {}", diagnosis.unwrap_or_default(), status.unwrap_or_default());
        let failure = Failure::of(&said).unwrap_or(Failure::Soft);
        let why = diagnosis.or(status).unwrap_or("it gives no reason");
        return Says::Failed {
            failure,
            why: words(why),
        };
    }
    Says::Nothing
}

/// What a feedback report says (RFC 5965 §3.1).
fn complaint(fields: &str) -> Says {
    match field(&unfolded(fields), "feedback-type")
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("abuse" | "fraud" | "opt-out" | "other") => Says::Complaint,
        _ => Says::Nothing,
    }
}

/// What a message without a report says: old servers and portals explain in prose.
fn without_report(message: &Message<'_>) -> Says {
    let raw = |name: &str| message.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let auto = raw("Auto-Submitted").unwrap_or_default();
    let failed = raw("X-Failed-Recipients").is_some();
    let is_reply = auto.starts_with("auto-replied") && !failed && !is_from_server(message);
    let is_vacation = raw("X-Autoreply").is_some()
        || raw("X-Autorespond").is_some()
        || raw("Precedence").as_deref() == Some("auto_reply");
    if is_reply || is_vacation {
        return Says::Nothing;
    }
    if !failed && !is_from_server(message) {
        let is_machine = !auto.is_empty() && auto != "no";
        return if is_machine { Says::Nothing } else { Says::Letter };
    }
    let body = message.body_text(0).unwrap_or_default();
    let end = body.floor_char_boundary(MOST_WORDS);
    let prose = before_quote(&body[..end]);
    let lines = || prose.lines().map(str::trim).filter(|line| !line.is_empty());
    let coded = lines().find_map(|line| Failure::of(line).map(|failure| (failure, line)));
    let said = coded.or_else(|| {
        lines()
            .find(|line| says_no_mailbox(line))
            .map(|line| (Failure::Hard, line))
    });
    let said = said.or_else(|| failed.then(|| (Failure::Soft, lines().next().unwrap_or("it gives no reason"))));
    match said {
        Some((failure, why)) if !lines().any(is_delay) => Says::Failed {
            failure,
            why: words(why),
        },
        _ => Says::Nothing,
    }
}

/// Whether a mail server wrote it, and no person.
fn is_from_server(message: &Message<'_>) -> bool {
    let from = message
        .from()
        .and_then(|from| from.first())
        .and_then(|from| from.address());
    let local = from.and_then(|from| from.rsplit_once('@').map(|(local, _)| local).or(Some(from)));
    let named = local.is_some_and(|local| {
        ["mailer-daemon", "postmaster", "mailerdaemon", "mail-daemon", "mdaemon"]
            .iter()
            .any(|name| local.eq_ignore_ascii_case(name))
    });
    named
        || message
            .header_raw("Return-Path")
            .is_some_and(|path| path.trim() == "<>")
}

/// The words before the mail that they quote.
fn before_quote(body: &str) -> &str {
    static QUOTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?mi)^-{2,}.*(?:copy of (?:the|your) message|original message|원본|원문).*$|^Return-Path:|^Received:",
        )
        .expect("a valid pattern")
    });
    &body[..QUOTE.find(body).map_or(body.len(), |quote| quote.start())]
}

/// Whether it only tells of a delay.
fn is_delay(line: &str) -> bool {
    static DELAY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)this is a warning message only|you do not need to resend|will (?:continue|keep) trying|has not yet been delivered|재전송을 시도하고 있")
            .expect("a valid pattern")
    });
    DELAY.is_match(line)
}

/// Header fields with each on a line of its own; blocks of them stay apart.
fn unfolded(text: &str) -> String {
    text.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ")
}

fn field<'a>(fields: &'a str, name: &str) -> Option<&'a str> {
    fields.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// What was said, in one line, not long, without the addresses in it.
fn words(text: &str) -> String {
    let text = text
        .strip_prefix("smtp;")
        .or_else(|| text.strip_prefix("SMTP;"))
        .unwrap_or(text);
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let words = words.map(|word| if word.contains('@') { "<address>" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests;
