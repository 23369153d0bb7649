//! Mails that tell no notices: alarms, and questions to whoever a form names.

use jiff::tz::TimeZone;

use crate::{
    channel::{
        email::{About, Alarm, Question},
        webhook,
    },
    delivery::{Delivery, Incident, Occasion},
    dispatch::Dispatch,
    subscription::{Channel, Receiver, ReceiverId},
};

/// What an admin or a program is sent about a source.
pub(super) fn alarm(
    dispatch: &Dispatch,
    delivery: &Delivery,
    receiver: &Receiver,
    incident: &Incident,
) -> Result<Vec<u8>, String> {
    let source = dispatch.sources.get(&incident.source);
    let source_name = source.map_or_else(|| incident.source.as_str(), |source| &source.name);
    let Channel::Mail { address, language } = &receiver.channel else {
        return Ok(webhook::incident(incident, source_name));
    };
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let zone = source.map_or(TimeZone::UTC, |source| source.zone.clone());
    let alarm = Alarm {
        templates: &mail.templates,
        site: &dispatch.site,
        sender: &mail.sender,
        to: address,
        language,
        incident,
        source_name,
        zone: &zone,
        message_id: &dispatch.ids.message_id(&receiver.id, &delivery.occasion),
        now: dispatch.clock.now(),
    };
    alarm.bytes().map_err(|error| error.to_string())
}

/// What somebody is asked, or the link that they asked for.
pub(super) fn question(dispatch: &Dispatch, delivery: &Delivery, receiver: &Receiver) -> Result<Vec<u8>, String> {
    let Channel::Mail { address, language } = &receiver.channel else {
        return Err("this is no mail".to_owned());
    };
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let tokens = dispatch.ids.tokens();
    let (about, path) = match &delivery.occasion {
        Occasion::Confirmation { request } => (About::Confirmation, format!("confirm/{}", tokens.confirm(request))),
        Occasion::Link { edition } => {
            let token = tokens.manage(&ReceiverId::mail(address), *edition);
            (About::Link, format!("manage/{token}"))
        }
        _ => return Err("this is no question".to_owned()),
    };
    let question = Question {
        templates: &mail.templates,
        site: &dispatch.site,
        sender: &mail.sender,
        to: address,
        language,
        about,
        path: &path,
        token: &tokens.unsubscribe(&receiver.id),
        message_id: &dispatch.ids.message_id(&receiver.id, &delivery.occasion),
        now: dispatch.clock.now(),
    };
    question.bytes().map_err(|error| error.to_string())
}
