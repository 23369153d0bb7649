//! A visit to a source: one poll's questions to it, asked in its manner, with the cookies that it sets meanwhile.

use reqwest::header::CONTENT_TYPE;
use url::form_urlencoded;

use super::{Cookies, FOLLOW, Fetcher, Manner, Miss, fetched, headers};
use crate::{
    net::{HeaderName, HeaderValue, Jar},
    source::{Fetched, Request},
};

/// A visit. Its cookies are forgotten with it, unless the manner keeps them.
#[derive(Debug)]
pub struct Visit<'f> {
    fetcher: Fetcher,
    manner: &'f Manner,
    jar: Jar,
    primed: bool,
}

impl Fetcher {
    /// Begins a visit to a source that is asked in this `manner`.
    pub fn visit<'f>(&self, manner: &'f Manner) -> Visit<'f> {
        Visit {
            fetcher: self.by(manner),
            manner,
            jar: manner.cookies.as_ref().map(Cookies::kept).unwrap_or_default(),
            primed: false,
        }
    }
}

impl Visit<'_> {
    /// Asks for what the list leads to, articles and files, as this source is asked.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Asks for a page as [`Fetcher::get`] does; before the first one for the page that sets the cookies, if there is one.
    ///
    /// # Errors
    ///
    /// A [`Miss`].
    pub async fn ask(&mut self, request: &Request) -> Result<Fetched, Miss> {
        if let (false, Some(prime)) = (self.primed, &self.manner.prime) {
            let first = Request {
                url: prime.clone(),
                validators: Default::default(),
                referer: None,
                form: None,
            };
            self.answer(&first).await?;
        }
        self.primed = true;
        self.answer(request).await
    }

    async fn answer(&mut self, request: &Request) -> Result<Fetched, Miss> {
        let mut headers = headers::of(request);
        let form = request.form.as_ref().map(|form| {
            let encoded = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish();
            headers.push((
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            ));
            encoded.into_bytes()
        });
        // What the configuration says stands in the place of what is said otherwise.
        headers.retain(|(name, _)| !self.manner.headers.iter().any(|(own, _)| own == name));
        headers.extend(self.own_headers());
        let client = &self.fetcher.client;
        let asking = client.visit(&request.url, &headers, form, FOLLOW, &mut self.jar);
        let answer = self.fetcher.politely(request, asking).await;
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
