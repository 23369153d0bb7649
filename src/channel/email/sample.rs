//! Mails about made-up notices: templates are tried with them.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use url::Url;

use super::{
    About, Alarm, Digest, Extent, Letter, Line, Matter, Question, Sender, Site, Templates, message::Unwritable,
    templates::Texts,
};
use crate::{
    channel::Told,
    delivery::{Incident, Trouble},
    notice::{Attachment, Difference, Entry, Notice, NoticeId, SafeHtml, SourceId},
    subscription::Address,
};

/// Stand in addresses for what a reader's links carry.
const LEAVE: &str = "leave0sample";
const MANAGE: &str = "manage0sample";
const ASK: &str = "ask0sample";

/// A mail about a made-up notice, as this site and sender would write it.
///
/// # Errors
///
/// [`Unwritable`] says why it can't be written.
pub fn sample(templates: &Templates, site: &Site, sender: &Sender) -> Result<Vec<u8>, Unwritable> {
    let told = notices()?.remove(0);
    letter(templates, site, sender, "en", Matter::Notice(&told)).bytes()
}

/// What is wrong with `templates`: those that fail on made-up mails, in either language, or leave out what a reader needs.
pub(super) fn faults(templates: &Templates) -> Vec<String> {
    let mut faults = tried(templates).unwrap_or_else(|Unwritable(why)| vec![why]);
    faults.sort();
    faults.dedup();
    faults
}

fn tried(templates: &Templates) -> Result<Vec<String>, Unwritable> {
    let no = |error: &dyn std::fmt::Display| Unwritable::because(error);
    let site = Site {
        title: "Sample".to_owned(),
        public_url: Url::parse("https://notices.example/").map_err(|error| no(&error))?,
    };
    let sender = Sender {
        name: None,
        address: address()?,
        returns: None,
    };
    let notices = notices()?;
    let lines = notices.iter().enumerate().map(|(nth, told)| Line {
        told: Arc::new(told.clone()),
        revised: nth == 0,
    });
    let digest = Digest::of(lines.collect()).ok_or_else(|| no(&"an empty digest"))?;
    let mut faults = Vec::new();
    let mut heed = |kind, needed, texts| match texts {
        Ok(texts) => faults.extend(lacking(kind, needed, &texts)),
        Err(Unwritable(why)) => faults.push(why),
    };
    for language in ["en", "ko"] {
        for told in &notices {
            let letter = letter(templates, &site, &sender, language, Matter::Notice(told));
            heed("notice", "unsubscribe", letter.texts());
        }
        let letter = letter(templates, &site, &sender, language, Matter::Digest(&digest));
        heed("digest", "unsubscribe", letter.texts());
        for about in [About::Confirmation, About::Link] {
            let question = Question {
                templates,
                site: &site,
                sender: &sender,
                to: &sender.address,
                language,
                about,
                path: ASK,
                token: LEAVE,
                message_id: "sample@notices.example",
                now: Timestamp::UNIX_EPOCH,
            };
            heed("question", "address", question.texts());
        }
        let incident = incident()?;
        let alarm = Alarm {
            templates,
            site: &site,
            sender: &sender,
            to: &sender.address,
            language,
            incident: &incident,
            source_name: "Sample",
            zone: &TimeZone::UTC,
            message_id: "sample@notices.example",
            now: Timestamp::UNIX_EPOCH,
        };
        heed("alarm", "headline", alarm.texts());
    }
    Ok(faults)
}

/// What a mail of this kind leaves out though its reader needs it.
fn lacking(kind: &str, needed: &str, texts: &Texts) -> Vec<String> {
    let shown = match needed {
        "unsubscribe" => LEAVE,
        "address" => ASK,
        _ => &texts.subject,
    };
    let bodies = [("txt", &texts.text), ("html", &texts.html)];
    let without = bodies.iter().filter(|(_, body)| !body.contains(shown));
    let mut lacking: Vec<String> = without
        .map(|(ending, _)| format!("{kind}.{ending} does not show {{{{ {needed} }}}}"))
        .collect();
    if texts.subject.trim().is_empty() {
        lacking.push(format!("subject.txt makes nothing of a {kind}"));
    }
    lacking
}

fn letter<'a>(
    templates: &'a Templates,
    site: &'a Site,
    sender: &'a Sender,
    language: &'a str,
    matter: Matter<'a>,
) -> Letter<'a> {
    Letter {
        templates,
        site,
        sender,
        to: &sender.address,
        language,
        matter,
        extent: Extent::Whole,
        reasons: &[],
        message_id: "sample@notices.example",
        in_reply_to: None,
        token: LEAVE,
        manage: MANAGE,
        now: Timestamp::UNIX_EPOCH,
    }
}

fn address() -> Result<Address, Unwritable> {
    let address = "notices@notices.example".parse();
    address.map_err(|error: crate::subscription::InvalidAddress| Unwritable::because(&error))
}

/// A notice with everything that one can have, the same without, and the former revised.
fn notices() -> Result<Vec<Told>, Unwritable> {
    let no = |error: &dyn std::fmt::Display| Unwritable::because(error);
    let source: SourceId = "sample".parse().map_err(|error| no(&error))?;
    let link = Url::parse("https://city.example/notices/1").map_err(|error| no(&error))?;
    let page = Url::parse("https://notices.example/notices/1").map_err(|error| no(&error))?;
    let bare = Notice {
        id: NoticeId::of(&source, "2"),
        key: "2".to_owned(),
        title: "Library closed".to_owned(),
        link: None,
        published: None,
        updated: None,
        author: None,
        categories: Vec::new(),
        views: None,
        pinned: false,
        summary: None,
        content: None,
        attachments: Vec::new(),
        language: None,
        guid: None,
    };
    let full = Notice {
        id: NoticeId::of(&source, "1"),
        title: "Water off on Monday".to_owned(),
        link: Some(link.clone()),
        published: Some("2026-11-20".parse().map_err(|error| no(&error))?),
        author: Some("Waterworks".to_owned()),
        content: SafeHtml::of_text("The water is off from nine to five.\nKeep some."),
        attachments: vec![Attachment {
            name: "plan.pdf".to_owned(),
            url: link,
            media_type: None,
            length: None,
        }],
        language: Some("en".to_owned()),
        ..bare.clone()
    };
    let told = |notice: &Notice, revision, changed| Told {
        entry: Entry {
            seq: 1,
            source: source.clone(),
            notice: notice.clone(),
            revision,
            first_seen: Timestamp::UNIX_EPOCH,
            revised: Timestamp::UNIX_EPOCH,
            withdrawn: None,
        },
        changed,
        source_name: "Sample".to_owned(),
        language: notice.language.clone(),
        zone: TimeZone::UTC,
        page: page.clone(),
    };
    let changed = Difference::between(&bare, &full);
    Ok(vec![
        told(&full, 1, None),
        told(&bare, 1, None),
        told(&full, 2, Some(changed)),
    ])
}

fn incident() -> Result<Incident, Unwritable> {
    let source = "sample".parse::<SourceId>();
    Ok(Incident {
        source: source.map_err(|error| Unwritable::because(&error))?,
        trouble: Trouble::Failing,
        at: Timestamp::UNIX_EPOCH,
        why: "it answered 503".to_owned(),
        last_good: Some(Timestamp::UNIX_EPOCH),
    })
}
