//! `/subscribe`: the form, and what becomes of it. Nothing is sent from here but a question to the owner of the address, and the
//! answer is the same whatever is known of the address.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Extension, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header::CACHE_CONTROL},
};
use minijinja::{Value, context, value::Serde};

use super::{
    Mailing, asking,
    choices::{self, Choices},
    form::Form,
    language::Spoken,
    peer::Peer,
    routes::House,
};
use crate::subscription::{Address, Cadence, Request, Rule, Wish};

/// Nobody fills in the form faster.
const FASTEST: Duration = Duration::from_secs(2);

/// A field that people don't see. What fills it in is a program that fills in everything.
const TRAP: &str = "subject";

/// Shows the form.
pub(super) async fn form(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let spoken = Spoken::of(uri.query(), &headers);
    if house.serve.mailing.is_none() {
        return house.word(StatusCode::NOT_FOUND, "no_mail", &uri, &headers);
    }
    let asked = Form::of(uri.query().unwrap_or_default().as_bytes());
    let known_tags = house.tags();
    let sources = asked.list("source").into_iter().filter_map(|id| id.parse().ok());
    let wish = Wish {
        rule: Rule {
            sources: sources.filter(|id| house.source(id).is_some()).collect(),
            tags: asked
                .list("tag")
                .into_iter()
                .filter(|tag| known_tags.contains(tag))
                .collect(),
            include: asked.list("include"),
            query: asked.field("q").parse().ok(),
            ..Rule::default()
        },
        cadence: Cadence::named(asked.field("digest"), crate::subscription::USUAL_HOUR).unwrap_or_default(),
        ..Wish::default()
    };
    page(&house, spoken, StatusCode::OK, &wish, &asked, None)
}

/// Takes the form.
pub(super) async fn ask(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let spoken = Spoken::of(uri.query(), &headers);
    let Some(mailing) = house.serve.mailing.clone() else {
        return house.word(StatusCode::NOT_FOUND, "no_mail", &uri, &headers);
    };
    let form = match Form::read(&house, body, &uri, &headers).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let wish = match choices::wish(&house, &form) {
        Ok(wish) => wish,
        Err(why) => {
            return page(
                &house,
                spoken,
                StatusCode::UNPROCESSABLE_ENTITY,
                &Wish::default(),
                &form,
                Some(why),
            );
        }
    };
    let told = form.field("email").parse::<Address>().map_err(|_| "email_text");
    let (address, zone) = match (told, choices::zone(&house, &form)) {
        (Ok(address), Ok(zone)) => (address, zone),
        (Err(why), _) | (_, Err(why)) => {
            return page(
                &house,
                spoken,
                StatusCode::UNPROCESSABLE_ENTITY,
                &wish,
                &form,
                Some(why),
            );
        }
    };
    let request = asking::fresh_id().map(|id| Request {
        id,
        address,
        language: choices::language(&form, spoken).tag().to_owned(),
        zone,
        wish,
        asked: house.serve.clock.now(),
    });
    if let Some(request) = request.filter(|_| is_from_a_person(&house, &form)) {
        let network = peer.network(&headers, &house.serve.trusted_proxies);
        let work = asking::confirm(Arc::clone(&house), mailing, network, request);
        house.desk.see_to(work).await;
    }
    no_store(house.word(StatusCode::ACCEPTED, "asked", &uri, &headers))
}

/// The form for a link to one's own page.
pub(super) async fn link_form(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let spoken = Spoken::of(uri.query(), &headers);
    if house.serve.mailing.is_none() {
        return house.word(StatusCode::NOT_FOUND, "no_mail", &uri, &headers);
    }
    let about = context! { stamp => house.serve.tokens.stamp(house.serve.clock.now()), trap => TRAP };
    no_store(house.pages.page(StatusCode::OK, "link.html", spoken, about))
}

/// Mails a link to one's own page.
pub(super) async fn link(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let Some(mailing) = house.serve.mailing.clone() else {
        return house.word(StatusCode::NOT_FOUND, "no_mail", &uri, &headers);
    };
    let form = match Form::read(&house, body, &uri, &headers).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let Ok(address) = form.field("email").parse::<Address>() else {
        return no_store(house.word(StatusCode::UNPROCESSABLE_ENTITY, "email", &uri, &headers));
    };
    if is_from_a_person(&house, &form) {
        let network = peer.network(&headers, &house.serve.trusted_proxies);
        let language = Spoken::of(uri.query(), &headers).language.tag();
        let work = asking::link(Arc::clone(&house), mailing, network, address, language);
        house.desk.see_to(work).await;
    }
    no_store(house.word(StatusCode::ACCEPTED, "asked", &uri, &headers))
}

impl Mailing {
    /// Whether addresses of this domain are written to when somebody asks for it.
    pub fn writes_to(&self, address: &Address) -> bool {
        let lies_in = |domains: &[String]| {
            domains.iter().any(|domain| {
                let rest = address.domain().strip_suffix(domain.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        };
        let is_own = address.as_str().eq_ignore_ascii_case(self.sender.as_str());
        !is_own && !lies_in(&self.deny_domains) && (self.allow_domains.is_empty() || lies_in(&self.allow_domains))
    }
}

/// Whether a form may have been filled in by a person: the field that they don't see is empty, and they took their time. A form
/// without our stamp is no page of ours: programs may ask too, and are held to the limits alone.
fn is_from_a_person(house: &House, form: &Form) -> bool {
    let took_time = match form.field("stamp") {
        "" => true,
        stamp => {
            let made = house.serve.tokens.stamped(stamp);
            made.is_some_and(|made| made + FASTEST <= house.serve.clock.now())
        }
    };
    took_time && !form.has(TRAP)
}

fn page(
    house: &House,
    spoken: Spoken,
    code: StatusCode,
    wish: &Wish,
    form: &Form,
    wrong: Option<&str>,
) -> Response<Body> {
    let words = house.pages.words(spoken.language);
    let zone = match form.field("timezone") {
        "" => choices::usual_zone(house),
        zone => zone.to_owned(),
    };
    let about: Value = context! {
        choices => Serde(Choices::of(house, wish, spoken.language)),
        email => form.field("email"),
        zone,
        zones => choices::zones(),
        languages => Serde(choices::languages(house, choices::language(form, spoken))),
        wrong => wrong.and_then(|name| words.get(name)),
        stamp => house.serve.tokens.stamp(house.serve.clock.now()),
        trap => TRAP,
    };
    no_store(house.pages.page(code, "subscribe.html", spoken, about))
}

fn no_store(mut answer: Response<Body>) -> Response<Body> {
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
