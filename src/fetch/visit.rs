//! A visit to a source: one poll's questions to it, asked in its manner, with the cookies that it sets meanwhile.

use std::{pin::pin, sync::Arc};

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, REFERER};
use url::{Origin, Url, form_urlencoded};

use super::{Cookies, FOLLOW, Fetcher, Manner, Miss, fetched, headers};
use crate::{
    net::{HeaderName, HeaderValue, Jar},
    source::{Fetched, Form, Request},
};

/// How the list is to be answered. Articles and files are not asked for that way.
const OF_THE_LIST: [HeaderName; 4] = [
    ACCEPT,
    CONTENT_TYPE,
    REFERER,
    HeaderName::from_static("x-requested-with"),
];

/// A visit. Its cookies are forgotten with it, unless the manner keeps them.
#[derive(Debug)]
pub struct Visit<'f> {
    fetcher: Fetcher,
    manner: &'f Manner,
    jar: Jar,
    /// Where the first page is, which is the source's own. No other origin sees the manner's headers.
    home: Option<Url>,
}

/// What goes along with the questions for what a list leads to, to the list's own origin.
#[derive(Clone, Debug)]
pub(super) struct Company {
    home: Origin,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Company {
    /// The headers that go along to `url`.
    pub fn to(&self, url: &Url) -> &[(HeaderName, HeaderValue)] {
        match url.origin() == self.home {
            true => &self.headers,
            false => &[],
        }
    }
}

impl Fetcher {
    /// Begins a visit to a source that is asked in this `manner`.
    pub fn visit<'f>(&self, manner: &'f Manner) -> Visit<'f> {
        Visit {
            fetcher: self.by(manner),
            manner,
            jar: manner.cookies.as_ref().map(Cookies::kept).unwrap_or_default(),
            home: None,
        }
    }
}

impl Visit<'_> {
    /// Asks for what the list leads to, articles and files, as this source is asked: whatever is of its own origin with the
    /// visit's cookies, and with the manner's headers except for those that say how the list is to be answered.
    pub fn fetcher(&self) -> Fetcher {
        let Some(home) = &self.home else {
            return self.fetcher.clone();
        };
        let mut headers: Vec<_> = self
            .own_headers()
            .filter(|(name, _)| !OF_THE_LIST.contains(name))
            .collect();
        let own = headers.iter().position(|(name, _)| *name == COOKIE);
        let own = own.map(|at| headers.remove(at).1);
        let cookies = self.jar.header(home, own.as_ref());
        headers.extend(cookies.map(|cookies| (COOKIE, cookies)));
        let home = home.origin();
        Fetcher {
            company: Some(Arc::new(Company { home, headers })),
            ..self.fetcher.clone()
        }
    }

    /// Asks for a page as [`Fetcher::get`] does; before the first one for the page that sets the cookies, if there is one.
    ///
    /// # Errors
    ///
    /// A [`Miss`].
    pub async fn ask(&mut self, request: &Request) -> Result<Fetched, Miss> {
        let first = self.home.is_none();
        self.home.get_or_insert_with(|| request.url.clone());
        if let (true, Some(prime)) = (first, &self.manner.prime) {
            let first = Request {
                url: prime.clone(),
                validators: Default::default(),
                referer: None,
                form: None,
            };
            self.answer(&first).await?;
        }
        self.answer(request).await
    }

    async fn answer(&mut self, request: &Request) -> Result<Fetched, Miss> {
        let mut headers = headers::of(request);
        let form = request.form.as_ref().map(|form| {
            let (media_type, body) = written(form);
            headers.push((CONTENT_TYPE, HeaderValue::from_static(media_type)));
            body
        });
        let is_home = |home: &Url| home.origin() == request.url.origin();
        if self.home.as_ref().is_some_and(is_home) {
            // What the configuration says stands in the place of what is said otherwise.
            headers.retain(|(name, _)| !self.manner.headers.iter().any(|(own, _)| own == name));
            headers.extend(self.own_headers());
        }
        let client = self.fetcher.client(&request.url)?;
        let answer = {
            let asking = pin!(client.visit(&request.url, &headers, form, FOLLOW, &mut self.jar, &self.fetcher));
            self.fetcher.politely(request, asking).await
        };
        if let Some(cookies) = &self.manner.cookies {
            cookies.keep(self.jar.clone());
        }
        let answer = answer?;
        fetched(request, answer)
    }

    fn own_headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> + use<'_> {
        self.manner.headers.iter().filter_map(|(name, value)| {
            let mut value = HeaderValue::from_bytes(value.expose().as_bytes()).ok()?;
            value.set_sensitive(true);
            Some((name.clone(), value))
        })
    }
}

/// A form as the body of a request, and its media type.
fn written(form: &Form) -> (&'static str, Vec<u8>) {
    match form {
        Form::Fields(fields) => {
            let mut text = form_urlencoded::Serializer::new(String::new());
            let text = text.extend_pairs(fields).finish();
            ("application/x-www-form-urlencoded", text.into_bytes())
        }
        Form::Json(value) => ("application/json", value.to_string().into_bytes()),
    }
}
