//! A mail to an admin about a source: it broke, recovered, is held, silent or gone. Says what was seen and what to do.

use jiff::{Timestamp, tz::TimeZone};
use minijinja::context;
use url::Url;

use super::{
    Sender, Site, Templates,
    context::language,
    message::{self, Envelope, Unwritable},
    templates::Texts,
};
use crate::{
    delivery::{Incident, Trouble},
    subscription::Address,
};

/// A mail to an admin.
#[derive(Clone, Debug)]
pub struct Alarm<'a> {
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
    /// What happened.
    pub incident: &'a Incident,
    /// What the source is called.
    pub source_name: &'a str,
    /// The source's zone, in which times are written.
    pub zone: &'a TimeZone,
    /// `Message-ID` without angle brackets.
    pub message_id: &'a str,
    /// When it is written.
    pub now: Timestamp,
}

impl Alarm<'_> {
    /// The whole message (RFC 5322), with text and HTML parts.
    ///
    /// # Errors
    ///
    /// [`Unwritable`] when a template or a header fails; a fault of the program.
    pub fn bytes(&self) -> Result<Vec<u8>, Unwritable> {
        let envelope = Envelope {
            site: self.site,
            sender: self.sender,
            to: self.to,
            language: self.language,
            message_id: self.message_id,
            now: self.now,
        };
        message::written(envelope, &self.texts()?, Vec::new())
    }

    /// Its words.
    pub(super) fn texts(&self) -> Result<Texts, Unwritable> {
        let (language, incident) = (language(self.language), self.incident);
        let (headline, advice) = match language {
            "ko" => self.korean(),
            _ => self.english(),
        };
        let page = self.page()?;
        let time = |at: Timestamp| at.to_zoned(self.zone.clone()).strftime("%F %H:%M %:z").to_string();
        let context = context! {
            site => self.site.title.as_str(),
            home => self.site.public_url.as_str(),
            headline => headline.as_str(),
            advice => advice.as_str(),
            why => incident.why.as_str(),
            last_good => incident.last_good.map(time),
            at => time(incident.at),
            page => page.as_str(),
        };
        Ok(self.templates.mail("alarm", language, headline, context)?)
    }

    fn page(&self) -> Result<Url, Unwritable> {
        let page = self.site.public_url.join(&format!("sources/{}", self.incident.source));
        page.map_err(|error| Unwritable::because(&error))
    }

    fn english(&self) -> (String, String) {
        let (name, id) = (self.source_name, &self.incident.source);
        let advice = |text: &str| {
            format!("{text}\n`gazetted status` shows all sources, `gazetted preview {id}` what this one gives now.")
        };
        match self.incident.trouble {
            Trouble::Failing => (
                format!("{name}: no good answer"),
                advice(
                    "It was asked twice and gave nothing to believe. Its feed stays as it is, and it is asked again, less often the longer it lasts. You hear of it once more when it recovers.",
                ),
            ),
            Trouble::Gone => (
                format!("{name}: gone for good"),
                advice(
                    "Its server says that the address is gone for good (410), three times running. It is not asked any more; its feed stays. Give the source its new url, or remove it from the configuration.",
                ),
            ),
            Trouble::Recovered => (
                format!("{name}: well again"),
                "It answers as before. There is nothing to do.".to_owned(),
            ),
            Trouble::Held => (
                format!("{name}: new notices wait for you"),
                format!(
                    "More new notices came at once than a board publishes, which looks like a board that was rebuilt. They are in the feed, and nobody was told.\nTell them: gazetted release {id}\nLet it be: gazetted discard {id}"
                ),
            ),
            Trouble::Silent => (
                format!("{name}: silent for longer than usual"),
                advice(
                    "It answers well, but has published nothing for much longer than it ever did. The board may have moved.",
                ),
            ),
        }
    }

    fn korean(&self) -> (String, String) {
        let (name, id) = (self.source_name, &self.incident.source);
        let advice = |text: &str| {
            format!(
                "{text}\n모든 게시판의 상태는 `gazetted status`로, 지금 읽히는 내용은 `gazetted preview {id}`로 볼 수 있습니다."
            )
        };
        match self.incident.trouble {
            Trouble::Failing => (
                format!("{name}: 읽을 수 없습니다"),
                advice(
                    "두 번 이어서 믿을 만한 응답을 받지 못했습니다. 피드는 그대로 두고, 간격을 늘려 가며 다시 확인합니다. 회복되면 한 번 더 알려 드립니다.",
                ),
            ),
            Trouble::Gone => (
                format!("{name}: 없어졌습니다"),
                advice(
                    "주소가 영구히 없어졌다는 응답(410)을 세 번 이어서 받았습니다. 더는 확인하지 않으며 피드는 그대로 둡니다. 새 주소를 url에 적거나 설정에서 지워 주십시오.",
                ),
            ),
            Trouble::Recovered => (
                format!("{name}: 회복되었습니다"),
                "전과 같이 응답합니다. 하실 일은 없습니다.".to_owned(),
            ),
            Trouble::Held => (
                format!("{name}: 새 공지가 확인을 기다립니다"),
                format!(
                    "한꺼번에 너무 많은 새 공지가 나타났습니다. 게시판이 개편된 것으로 보입니다. 피드에는 실었지만 아무에게도 알리지 않았습니다.\n알리려면: gazetted release {id}\n그대로 두려면: gazetted discard {id}"
                ),
            ),
            Trouble::Silent => (
                format!("{name}: 평소보다 오래 조용합니다"),
                advice("응답은 정상이지만 지금까지보다 훨씬 오래 새 공지가 없습니다. 게시판이 옮겨졌을 수 있습니다."),
            ),
        }
    }
}
