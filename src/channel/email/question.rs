//! A mail that goes to an address because of a form: whether its owner means what was asked, or the link to their own page.
//!
//! It holds no word of whoever filled in the form, so that nobody's text reaches a stranger in our name.

use jiff::Timestamp;
use minijinja::context;

use super::{
    Sender, Site, Templates,
    context::language,
    message::{self, Envelope, List, Unwritable},
    templates::Texts,
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
    /// In whose words.
    pub templates: &'a Templates,
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
        let leave = message::leaving(self.site, self.sender, self.token)?;
        let list = List {
            site: self.site,
            sender: self.sender,
            id: "subscriptions",
            name: &self.site.title,
            path: String::new(),
        };
        let envelope = Envelope {
            site: self.site,
            sender: self.sender,
            to: self.to,
            language: self.language,
            message_id: self.message_id,
            now: self.now,
        };
        message::written(envelope, &self.texts()?, message::list_headers(&list, leave))
    }

    /// Its words.
    pub(super) fn texts(&self) -> Result<Texts, Unwritable> {
        let language = language(self.language);
        let address = message::page(self.site, self.path, self.language)?;
        let title = &self.site.title;
        let subject = match (self.about, language) {
            (About::Confirmation, "ko") => format!("구독 확인: {title} 공지 메일"),
            (About::Confirmation, _) => format!("Please confirm: notices from {title} by mail"),
            (About::Link, "ko") => format!("{title} 구독 관리 링크"),
            (About::Link, _) => format!("Your subscriptions at {title}"),
        };
        let context = context! {
            site => title.as_str(),
            home => self.site.public_url.as_str(),
            confirms => self.about == About::Confirmation,
            address => address.as_str(),
        };
        Ok(self.templates.mail("question", language, subject, context)?)
    }
}
