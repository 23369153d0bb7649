//! A mail, from notice to bytes. One recipient a message; rendered once, the bytes are kept and sent again as they are.

use std::ops::Range;

use jiff::Timestamp;
use lettre::{
    Message,
    message::{Mailbox, MultiPart, SinglePart, header},
};
use url::Url;

use super::{
    Digest, Reason, Templates,
    context::{self, language},
    templates::Texts,
};
use crate::{channel::Told, subscription::Address};

/// The longest subject, in characters.
const SUBJECT: usize = 200;

/// What this server calls itself.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub title: String,
    /// Where readers reach it; ends with a slash.
    pub public_url: Url,
}

/// Who writes.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The name in `From`.
    pub name: Option<String>,
    /// The address in `From`, and the return path where nobody reads what comes back.
    pub address: Address,
    /// The domain of the addresses that mails come back to, where somebody reads what does.
    pub returns: Option<String>,
}

/// What a mail tells.
#[derive(Clone, Copy, Debug)]
pub enum Matter<'a> {
    /// One notice.
    Notice(&'a Told),
    /// All that a window brought.
    Digest(&'a Digest),
}

/// How much of what it tells a mail carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The texts.
    #[default]
    Whole,
    /// Titles and links, for relays that take no more.
    Links,
}

/// A mail to be written.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// In whose words.
    pub templates: &'a Templates,
    /// This server.
    pub site: &'a Site,
    /// Who writes.
    pub sender: &'a Sender,
    /// To whom.
    pub to: &'a Address,
    /// The language around the notices: `ko`, else English.
    pub language: &'a str,
    /// What it tells.
    pub matter: Matter<'a>,
    /// How much of it.
    pub extent: Extent,
    /// Why the reader gets it.
    pub reasons: &'a [Reason],
    /// `Message-ID` without angle brackets.
    pub message_id: &'a str,
    /// The `Message-ID` of the first mail about the same notice, when this tells of a revision.
    pub in_reply_to: Option<&'a str>,
    /// The reader's unsubscribe token.
    pub token: &'a str,
    /// The token of the reader's own page.
    pub manage: &'a str,
    /// When it is written.
    pub now: Timestamp,
}

/// Why a mail can't be written.
#[derive(Debug, thiserror::Error)]
#[error("the mail can't be written: {0}")]
pub struct Unwritable(pub(super) String);

impl Unwritable {
    /// Unwritable because of `error`.
    pub(super) fn because(error: &dyn std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<minijinja::Error> for Unwritable {
    fn from(error: minijinja::Error) -> Self {
        Self::because(&error)
    }
}

impl Letter<'_> {
    /// The whole message (RFC 5322), with text and HTML parts.
    ///
    /// # Errors
    ///
    /// [`Unwritable`] when a template or a header fails; a fault of the program.
    pub fn bytes(&self) -> Result<Vec<u8>, Unwritable> {
        let leave = leaving(self.site, self.sender, self.token)?;
        let mut headers = list_headers(&self.list(), leave);
        if let Some(first) = self.in_reply_to {
            headers.push(("In-Reply-To", format!("<{first}>")));
            headers.push(("References", format!("<{first}>")));
        }
        let envelope = Envelope {
            site: self.site,
            sender: self.sender,
            to: self.to,
            language: self.language,
            message_id: self.message_id,
            now: self.now,
        };
        written(envelope, &self.texts()?, headers)
    }

    /// Its words.
    pub(super) fn texts(&self) -> Result<Texts, Unwritable> {
        let spoken = |path: String| page(self.site, &path, self.language);
        let unsubscribe = spoken(format!("unsubscribe/{}", self.token))?;
        let manage = spoken(format!("manage/{}", self.manage))?;
        Ok(context::words(self, &unsubscribe, &manage)?)
    }

    /// The list that it is of: its source's, or that of all.
    fn list(&self) -> List<'_> {
        let of = |id, name, path| List {
            site: self.site,
            sender: self.sender,
            id,
            name,
            path,
        };
        match self.matter {
            Matter::Notice(told) => {
                let source = told.entry.source.as_str();
                of(source, &told.source_name, format!("sources/{source}"))
            }
            Matter::Digest(_) => of("all", &self.site.title, String::new()),
        }
    }
}

/// The address of the page at `path` in the language of the mail that leads there, whatever its reader's browser prefers.
pub(super) fn page(site: &Site, path: &str, language: &str) -> Result<Url, Unwritable> {
    let address = site.public_url.join(path);
    let mut address = address.map_err(|error| Unwritable::because(&error))?;
    address
        .query_pairs_mut()
        .append_pair("lang", context::language(language));
    Ok(address)
}

/// `List-Unsubscribe` (RFC 2369, RFC 8058) of whoever has the unsubscribe token `token`.
pub(super) fn leaving(site: &Site, sender: &Sender, token: &str) -> Result<String, Unwritable> {
    let address = site.public_url.join(&format!("unsubscribe/{token}"));
    let address = address.map_err(|error| Unwritable::because(&error))?;
    // A letter leaves everything; what stands behind the receiver's own token says what a click leaves.
    let receiver = token.split('-').next().unwrap_or_default();
    let by_mail = match &sender.returns {
        Some(domain) => format!("unsubscribe+{receiver}@{domain}?subject=unsubscribe"),
        None => format!("{}?subject=unsubscribe%20{receiver}", sender.address),
    };
    Ok(format!("<{address}>, <mailto:{by_mail}>"))
}

/// A mailing list.
pub(super) struct List<'a> {
    pub(super) site: &'a Site,
    pub(super) sender: &'a Sender,
    /// Its name for programs.
    pub(super) id: &'a str,
    /// Its name for people.
    pub(super) name: &'a str,
    /// Where its past is, within the site.
    pub(super) path: String,
}

/// What a mail of `list` says of it: List-Id (RFC 2919), the fields of RFC 2369 and RFC 8058, and what Gmail counts complaints
/// by. Nobody can write to the list, and whoever owns it has not given an address for strangers, so there is no List-Owner.
pub(super) fn list_headers(list: &List<'_>, leave: String) -> Vec<(&'static str, String)> {
    let (id, domain) = (list.id, list.sender.address.domain());
    let name: String = clean(list.name)
        .replace(['"', '\\', '<', '>'], "")
        .chars()
        .take(60)
        .collect();
    let home = &list.site.public_url;
    let past = home.join(&list.path).unwrap_or_else(|_| home.clone());
    vec![
        ("List-Id", format!("{} <{id}.{domain}>", phrase(name.trim()))),
        ("List-Unsubscribe", leave),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ("List-Archive", format!("<{past}>")),
        ("List-Help", format!("<{home}>")),
        ("List-Post", "NO".to_owned()),
        ("Precedence", "bulk".to_owned()),
        ("Feedback-ID", format!("{id}:gazetted:{domain}")),
    ]
}

/// A phrase of a header (RFC 5322 §3.2.5); what is not ASCII is encoded and needs no quotes.
fn phrase(text: &str) -> String {
    if text.is_ascii() {
        format!("\"{text}\"")
    } else {
        text.to_owned()
    }
}

/// What every mail says of itself.
pub(super) struct Envelope<'a> {
    pub(super) site: &'a Site,
    pub(super) sender: &'a Sender,
    pub(super) to: &'a Address,
    pub(super) language: &'a str,
    pub(super) message_id: &'a str,
    pub(super) now: Timestamp,
}

/// The message (RFC 5322) with these texts and, besides its own, these headers.
pub(super) fn written(
    envelope: Envelope<'_>,
    texts: &Texts,
    headers: Vec<(&'static str, String)>,
) -> Result<Vec<u8>, Unwritable> {
    let no = |error: &dyn std::fmt::Display| Unwritable::because(error);
    let sender = envelope.sender;
    let from = mailbox(sender.name.as_deref().unwrap_or(&envelope.site.title), &sender.address)?;
    let to: lettre::Address = envelope.to.as_str().parse().map_err(|error| no(&error))?;
    let language = language(envelope.language);
    let mut builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(subject(&texts.subject))
        .date(std::time::SystemTime::from(envelope.now))
        .message_id(Some(format!("<{}>", envelope.message_id)));
    for (name, value) in headers {
        builder = builder.raw_header(raw(name, value));
    }
    let message = builder
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("Content-Language", language.to_owned()))
        .multipart(
            MultiPart::alternative()
                .singlepart(part(header::ContentType::TEXT_PLAIN, texts.text.clone()))
                .singlepart(part(header::ContentType::TEXT_HTML, texts.html.clone())),
        )
        .map_err(|error| no(&error))?;
    Ok(message.formatted())
}

/// Where in `mail`, which was written to `address` alone, that stands in `To`.
pub fn recipient(mail: &str, address: &str) -> Option<Range<usize>> {
    const HEADER: &str = "\r\nTo: ";
    let start = mail.find(&format!("{HEADER}{address}\r\n"))? + HEADER.len();
    Some(start..start + address.len())
}

fn part(kind: header::ContentType, text: String) -> SinglePart {
    // Quoted-printable keeps every line short, whatever the notice holds.
    SinglePart::builder()
        .header(kind)
        .header(header::ContentTransferEncoding::QuotedPrintable)
        .body(text)
}

fn raw(name: &'static str, value: String) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value)
}

fn mailbox(name: &str, address: &Address) -> Result<Mailbox, Unwritable> {
    let name: String = clean(name).chars().take(100).collect();
    let address = address
        .as_str()
        .parse()
        .map_err(|error: lettre::address::AddressError| Unwritable(error.to_string()))?;
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// One line of text: what a mail client could take for another line, or hide, is left out.
fn clean(text: &str) -> String {
    let visible = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(visible)
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A subject: one line, not long, and nothing in it that a client would decode as an encoded word of its own.
fn subject(text: &str) -> String {
    let text = clean(text);
    let short: String = if text.chars().count() > SUBJECT {
        text.chars().take(SUBJECT - 1).chain(['…']).collect()
    } else {
        text
    };
    short.replace("=?", "=\u{200b}?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipient_stands_in_a_header_of_its_own() {
        let mail = "From: x\r\nReply-To: a@x.example\r\nTo: a@x.example\r\nCc: y\r\n\r\n";
        let found = recipient(mail, "a@x.example").expect("a recipient");
        assert!(mail[..found.start].ends_with("\r\nTo: ") && mail[found.end..].starts_with("\r\nCc"));
        assert_eq!(recipient(mail, "b@x.example"), None);
        assert_eq!(recipient(mail, "a@x"), None);
    }

    #[test]
    fn a_subject_is_one_short_line_whatever_the_title_holds() {
        assert_eq!(subject("a\r\nBcc: x\u{202e}y"), "a Bcc: xy");
        assert!(!subject("=?utf-8?Q?hidden?=").contains("=?"));
        assert_eq!(subject(&"x".repeat(1500)).chars().count(), SUBJECT);
    }
}
