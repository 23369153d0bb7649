//! A mail that goes to an address because of a form: whether its owner means what was asked, or the link to their own page.
//!
//! It holds no word of whoever filled in the form, so that nobody's text reaches a stranger in our name.

use jiff::Timestamp;
use minijinja::context;

use super::{
    Sender, Site,
    message::{self, Envelope, Unwritable},
    template,
};
use crate::subscription::Address;

/// What the mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Whether a subscription is meant.
    Confirmation,
    /// The link to the reader's own page.
    Link,
}

/// A mail with one link.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// This server.
    pub site: &'a Site,
    /// Who writes.
    pub sender: &'a Sender,
    /// To whom.
    pub to: &'a Address,
    /// The language to write in: `ko`, else English.
    pub language: &'a str,
    /// What it is about.
    pub about: About,
    /// Where the link leads, within the site.
    pub path: &'a str,
    /// The unsubscribe token of whoever is asked: it stops these mails.
    pub token: &'a str,
    /// `Message-ID` without angle brackets.
    pub message_id: &'a str,
    /// When it is written.
    pub now: Timestamp,
}

impl Question<'_> {
    /// The whole message (RFC 5322), with text and HTML parts.
    ///
    /// # Errors
    ///
    /// [`Unwritable`] when a template or a header fails; a fault of the program.
    pub fn bytes(&self) -> Result<Vec<u8>, Unwritable> {
        let ko = self.language.starts_with("ko");
        let address = self.site.public_url.join(self.path);
        let address = address.map_err(|error| Unwritable::because(&error))?;
        let (_, leave) = message::leaving(self.site, self.sender, self.token)?;
        let title = &self.site.title;
        let subject = match (self.about, ko) {
            (About::Confirmation, false) => format!("Please confirm: notices from {title} by mail"),
            (About::Confirmation, true) => format!("구독 확인: {title} 공지 메일"),
            (About::Link, false) => format!("Your subscriptions at {title}"),
            (About::Link, true) => format!("{title} 구독 관리 링크"),
        };
        let context = context! {
            ko,
            lang => if ko { "ko" } else { "en" },
            site => title.as_str(),
            home => self.site.public_url.as_str(),
            confirms => self.about == About::Confirmation,
            subject => subject.as_str(),
            address => address.as_str(),
        };
        let texts = template::Texts {
            text: template::make("question.txt", &context)?,
            html: template::make("question.html", &context)?,
            subject,
        };
        let envelope = Envelope {
            site: self.site,
            sender: self.sender,
            to: self.to,
            language: self.language,
            message_id: self.message_id,
            now: self.now,
        };
        let headers = message::list_headers(self.site, self.sender, "subscriptions", leave);
        message::written(envelope, &texts, headers)
    }
}
