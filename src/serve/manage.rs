//! `/manage/{token}`: a reader's own page, on which they change, pause or leave what they get, and take or erase what is kept of
//! them. Each change makes older links to it void.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Extension, Path, State},
    http::{
        HeaderMap, HeaderValue, Response, StatusCode, Uri,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION},
    },
};
use jiff::{Timestamp, civil, tz::TimeZone};
use minijinja::{Value, context, value::Serde};
use serde_json::json;

use super::{
    choices::{self, Choices},
    form::Form,
    language::{Language, Spoken},
    peer::Peer,
    private::private,
    renderings::Missing,
    routes::House,
    store::in_time,
};
use crate::{
    store::{Kept, ReceiverRow, StoreError},
    subscription::{Address, Channel, Receiver, Wish, hash},
};

/// The length of an unsubscribe token, with which a token for this page begins.
const FIRST: usize = 26;

/// Why nothing is sent to whoever left here.
const LEFT: &str = "left by its reader";

/// Shows the page.
pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if let Some(refusal) = house.refuses_guesses(peer, &uri, &headers) {
        return refusal;
    }
    match reader(&house, &token).await {
        Ok(Some(row)) => {
            let spoken = Spoken::of(uri.query(), &headers);
            let asked = Form::of(uri.query().unwrap_or_default().as_bytes());
            let done = asked.has("done").then_some("saved_text");
            private(show(&house, &row, spoken, StatusCode::OK, done, None))
        }
        Ok(None) => house.wrong_token(peer, &uri, &headers),
        Err(error) => private(house.missing(&Missing::from(error), &uri, &headers)),
    }
}

/// Does what the reader asks for.
pub(super) async fn act(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    if let Some(refusal) = house.refuses_form(peer, &uri, &headers) {
        return refusal;
    }
    let form = match Form::read(&house, body, &uri, &headers).await {
        Ok(form) => form,
        Err(answer) => return private(answer),
    };
    let row = match reader(&house, &token).await {
        Ok(Some(row)) => row,
        Ok(None) => return house.wrong_token(peer, &uri, &headers),
        Err(error) => return private(house.missing(&Missing::from(error), &uri, &headers)),
    };
    let spoken = Spoken::of(uri.query(), &headers);
    let done = match form.field("action") {
        "export" => return private(export(&row)),
        "erase" if !row.configured => erase(&house, &row, form.has("never")).await.map(|()| Done::Erased),
        "erase" | "leave_all" => leave_all(&house, &row).await.map(|()| Done::Left),
        _ => match changed(&house, &row.receiver, &form, spoken) {
            Ok(reader) if reader.wishes.is_empty() => leave_all(&house, &row).await.map(|()| Done::Left),
            Ok(reader) => keep(&house, reader, row.receiver.edition).await,
            Err(wrong) => {
                let code = StatusCode::UNPROCESSABLE_ENTITY;
                return private(show(&house, &row, spoken, code, None, Some(wrong)));
            }
        },
    };
    private(match done {
        Ok(Done::Kept(token)) => moved(&house, &token, spoken),
        Ok(Done::Outdated) => return house.wrong_token(peer, &uri, &headers),
        Ok(Done::Left) => house.word(StatusCode::OK, "unsubscribed", &uri, &headers),
        Ok(Done::Erased) => house.word(StatusCode::OK, "erased", &uri, &headers),
        Err(error) => house.missing(&Missing::from(error), &uri, &headers),
    })
}

/// What became of what a reader asked for.
enum Done {
    /// It is kept; this is the token of the page from now on.
    Kept(String),
    /// The reader has changed something elsewhere meanwhile.
    Outdated,
    /// Nothing is sent any more.
    Left,
    /// Nothing is known of the reader any more.
    Erased,
}

/// The reader whose page `token` leads to.
async fn reader(house: &House, token: &str) -> Result<Option<ReceiverRow>, StoreError> {
    let Some(first) = token.get(..FIRST).filter(|_| token.is_ascii()) else {
        return Ok(None);
    };
    let row = in_time(house.serve.store.receiver_by_token(&hash(first))).await?;
    Ok(row.filter(|row| {
        let receiver = &row.receiver;
        receiver.id.is_reader() && house.serve.tokens.manages(token, &receiver.id, receiver.edition)
    }))
}

/// The reader as the form wants it.
fn changed(house: &House, before: &Receiver, form: &Form, spoken: Spoken) -> Result<Receiver, &'static str> {
    let mut reader = Receiver {
        edition: before.edition + 1,
        ..before.clone()
    };
    let number = || form.field("subscription").parse::<u32>().map_err(|_| "request_text");
    match form.field("action") {
        "leave" => reader.leave(&[number()?]),
        "change" => {
            let (number, wanted) = (number()?, choices::wish(house, form)?);
            let own = reader.wishes.iter_mut().filter(|wish| wish.is_own());
            for wish in own.filter(|wish| wish.number == number) {
                *wish = Wish {
                    number,
                    ..wanted.clone()
                };
            }
        }
        "pause" => reader.paused_until = paused_until(form, &reader.zone, house.serve.clock.now())?,
        "settings" => {
            reader.zone = choices::zone(house, form)?;
            if let Channel::Mail { language, .. } = &mut reader.channel {
                choices::language(form, spoken).tag().clone_into(language);
            }
        }
        _ => return Err("request_text"),
    }
    Ok(reader)
}

/// The beginning of the day that the form names; `None` when it names none, or one that is past.
fn paused_until(form: &Form, zone: &str, now: Timestamp) -> Result<Option<Timestamp>, &'static str> {
    let day: civil::Date = match form.field("until") {
        "" => return Ok(None),
        day => day.parse().map_err(|_| "until_text")?,
    };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let until = day.to_zoned(zone).map_err(|_| "until_text")?.timestamp();
    Ok((until > now).then_some(until))
}

async fn keep(house: &House, reader: Receiver, was: u64) -> Result<Done, StoreError> {
    let tokens = &house.serve.tokens;
    let token = tokens.manage(&reader.id, reader.edition);
    let kept = Kept {
        token_hash: hash(&tokens.unsubscribe(&reader.id)),
        reader,
        was: Some(was),
        fulfils: None,
        now: house.serve.clock.now(),
    };
    let is_kept = in_time(house.serve.store.keep_reader(&kept)).await?;
    Ok(if is_kept { Done::Kept(token) } else { Done::Outdated })
}

async fn leave_all(house: &House, row: &ReceiverRow) -> Result<(), StoreError> {
    let now = house.serve.clock.now();
    in_time(house.serve.store.stop_receiver(&row.receiver.id, LEFT, now)).await?;
    Ok(())
}

async fn erase(house: &House, row: &ReceiverRow, never: bool) -> Result<(), StoreError> {
    let Channel::Mail { address, .. } = &row.receiver.channel else {
        return Ok(());
    };
    let address = house.serve.tokens.address(address);
    in_time(house.serve.store.erase_reader(&row.receiver.id, &address, never)).await
}

/// All that is kept of a reader, as JSON.
fn export(row: &ReceiverRow) -> Response<Body> {
    let receiver = &row.receiver;
    let (address, language) = match &receiver.channel {
        Channel::Mail { address, language } => (Some(address.as_str()), Some(language)),
        Channel::Webhook { .. } => (None, None),
    };
    let subscription = |wish: &Wish| {
        json!({
            "sources": wish.rule.sources,
            "tags": wish.rule.tags,
            "include": wish.rule.include,
            "exclude": wish.rule.exclude,
            "query": wish.rule.query,
            "digest": wish.cadence.word(),
            "hour": wish.cadence.hour(),
            "kept_by_admin": !wish.is_own(),
        })
    };
    let data = json!({
        "email": address,
        "language": language,
        "timezone": receiver.zone,
        "paused_until": receiver.paused_until,
        "stopped": row.stopped,
        "stopped_at": row.stopped_at,
        "subscriptions": receiver.wishes.iter().map(subscription).collect::<Vec<_>>(),
    });
    let mut answer = Response::new(Body::from(format!("{data:#}\n")));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let name = HeaderValue::from_static("attachment; filename=\"subscriptions.json\"");
    headers.insert(CONTENT_DISPOSITION, name);
    answer
}

/// Leads to the page's new address.
fn moved(house: &House, token: &str, spoken: Spoken) -> Response<Body> {
    let lang = if spoken.asked_for {
        format!("&lang={}", spoken.language.tag())
    } else {
        String::new()
    };
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    let place = format!("{}manage/{token}?done=1{lang}", house.pages.root());
    if let Ok(place) = HeaderValue::from_str(&place) {
        answer.headers_mut().insert(LOCATION, place);
    }
    answer
}

fn show(
    house: &House,
    row: &ReceiverRow,
    spoken: Spoken,
    code: StatusCode,
    done: Option<&str>,
    wrong: Option<&str>,
) -> Response<Body> {
    let receiver = &row.receiver;
    let (address, written) = match &receiver.channel {
        Channel::Mail { address, language } => (Some(address), Language::of_tag(language)),
        Channel::Webhook { .. } => (None, None),
    };
    let subscription = |wish: &Wish| {
        context! {
            number => wish.number,
            own => wish.is_own(),
            told => Serde(choices::told(house, wish, &receiver.zone, spoken.language)),
            choices => Serde(Choices::of(house, wish, spoken.language)),
        }
    };
    let subscriptions: Vec<Value> = receiver.wishes.iter().map(subscription).collect();
    let words = house.pages.words(spoken.language);
    let zone = TimeZone::get(&receiver.zone).unwrap_or(TimeZone::UTC);
    let paused = receiver.paused_until.filter(|until| *until > house.serve.clock.now());
    let paused = paused.map(|until| until.to_zoned(zone.clone()).date());
    let about = context! {
        email => address.map(Address::as_str),
        subscriptions,
        stopped => row.stopped.is_some(),
        configured => row.configured,
        paused => paused.map(|day| spoken.language.day(day)),
        until => paused.map(|day| day.to_string()),
        today => house.serve.clock.now().to_zoned(zone).date().to_string(),
        zone => receiver.zone.as_str(),
        zones => choices::zones(),
        languages => Serde(choices::languages(house, written.unwrap_or(spoken.language))),
        done => done.and_then(|name| words.get(name)),
        wrong => wrong.and_then(|name| words.get(name)),
    };
    house.pages.page(code, "manage.html", spoken, about)
}
