//! How a list is asked for that isn't shown for the mere asking: by a form, with headers, after another page.

use std::sync::{Arc, Mutex, PoisonError};

use url::{Url, form_urlencoded};

use crate::{
    net::{HeaderName, Jar, Trust},
    ops::Secret,
    source::{Request, Validators},
};

/// How a source is asked. By default with GET and nothing more.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// How the form is sent.
    pub method: Method,
    /// The fields of the form.
    pub form: Vec<(String, String)>,
    /// Headers that are sent along, to the source's own origin.
    pub headers: Vec<(HeaderName, Secret)>,
    /// The page that is said to have led there.
    pub referer: Option<Url>,
    /// A page that is asked for first. The cookies that it sets are sent along and forgotten with the visit.
    pub prime: Option<Url>,
    /// What is asked for.
    pub asking: Asking,
    /// Whose certificates are believed, also those of its articles and files.
    pub trust: Trust,
    /// Where the cookies stay between visits; `None`: each visit forgets its own.
    pub cookies: Option<Cookies>,
}

/// The cookies of a source, for as long as the program runs. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Cookies(Arc<Mutex<Jar>>);

impl Cookies {
    pub(super) fn kept(&self) -> Jar {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn keep(&self, jar: Jar) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = jar;
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asking {
    /// What the host's robots.txt does not forbid (RFC 9309).
    #[default]
    WhereWelcome,
    /// Whatever its robots.txt says.
    Whatever,
}

/// How a form is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// As a part of the address.
    #[default]
    Get,
    /// As the body of the request.
    Post,
}

impl Manner {
    /// The question for the list at `url`.
    pub fn request(&self, url: &Url, validators: Validators) -> Request {
        let referer = self.referer.clone();
        match self.method {
            Method::Get => Request {
                url: self
                    .form
                    .iter()
                    .fold(url.clone(), |url, (name, value)| with(url, name, value)),
                validators,
                referer,
                form: None,
            },
            // What a form brings is not cached by address, so nothing is known of it by address.
            Method::Post => Request {
                url: url.clone(),
                validators: Validators::default(),
                referer,
                form: Some(self.form.clone()),
            },
        }
    }

    /// The question for a further page of the list at `url`: the number that `parameter` has for the first page is raised by
    /// `step` for each of `turns`. Where it isn't written, pages count from 1, and entries, by which a larger step goes, from 0.
    pub fn turned(&self, url: &Url, parameter: &str, step: u64, turns: u64) -> Request {
        let in_form = self
            .form
            .iter()
            .find(|(name, _)| name == parameter)
            .map(|(_, value)| value.clone());
        let in_url = url
            .query_pairs()
            .find(|(name, _)| name == parameter)
            .map(|(_, value)| value.into_owned());
        let first = in_form
            .as_ref()
            .or(in_url.as_ref())
            .and_then(|number| number.trim().parse::<u64>().ok());
        let number = first
            .unwrap_or(u64::from(step == 1))
            .saturating_add(step.saturating_mul(turns))
            .to_string();
        if in_form.is_none() && (in_url.is_some() || self.method == Method::Get) {
            return self.request(&with(url.clone(), parameter, &number), Validators::default());
        }
        let mut turned = self.clone();
        match turned.form.iter_mut().find(|(name, _)| name == parameter) {
            Some((_, value)) => *value = number,
            None => turned.form.push((parameter.to_owned(), number)),
        }
        turned.request(url, Validators::default())
    }
}

/// `url` with `name` set to `value`. Everything else in it stays to the letter: it may be in another charset.
fn with(mut url: Url, name: &str, value: &str) -> Url {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (name, value) = (encoded(name), encoded(value));
    let pair = format!("{name}={value}");
    let mut set = false;
    let mut pairs: Vec<&str> = Vec::new();
    let query = url.query().unwrap_or_default().to_owned();
    for known in query.split('&').filter(|known| !known.is_empty()) {
        if known.split('=').next() != Some(name.as_str()) {
            pairs.push(known);
        } else if !set {
            pairs.push(&pair);
            set = true;
        }
    }
    if !set {
        pairs.push(&pair);
    }
    url.set_query(Some(&pairs.join("&")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    fn manner(method: Method, form: &[(&str, &str)]) -> Manner {
        let form = form
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Manner {
            method,
            form: form.collect(),
            ..Manner::default()
        }
    }

    #[track_caller]
    fn check(manner: &Manner, list: &str, step: u64, expected: &str, form: &[(&str, &str)]) {
        let request = manner.turned(&url(list), "page", step, 2);
        assert_eq!(request.url.as_str(), expected);
        let posted = request.form.unwrap_or_default();
        let posted: Vec<(&str, &str)> = posted.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(posted, form);
    }

    #[test]
    fn pages_are_turned_where_their_number_stands() {
        let get = Manner::default();
        check(&get, "https://a.example/l", 1, "https://a.example/l?page=3", &[]);
        check(
            &get,
            "https://a.example/l?q=%B0%A1&page=0&x",
            1,
            "https://a.example/l?q=%B0%A1&page=2&x",
            &[],
        );
        check(
            &get,
            "https://a.example/l?b=1",
            10,
            "https://a.example/l?b=1&page=20",
            &[],
        );
        check(
            &get,
            "https://a.example/l?page=5",
            10,
            "https://a.example/l?page=25",
            &[],
        );
        let post = manner(Method::Post, &[("board", "7")]);
        check(
            &post,
            "https://a.example/l",
            1,
            "https://a.example/l",
            &[("board", "7"), ("page", "3")],
        );
        check(
            &post,
            "https://a.example/l?page=1",
            1,
            "https://a.example/l?page=3",
            &[("board", "7")],
        );
        let post = manner(Method::Post, &[("page", "1"), ("board", "7")]);
        check(
            &post,
            "https://a.example/l",
            1,
            "https://a.example/l",
            &[("page", "3"), ("board", "7")],
        );
        let search = manner(Method::Get, &[("page", "1"), ("q", "a b&c")]);
        check(
            &search,
            "https://a.example/l",
            1,
            "https://a.example/l?page=3&q=a+b%26c",
            &[],
        );
    }

    #[test]
    fn a_form_that_is_posted_has_no_validators() {
        let known = Validators {
            etag: Some("\"1\"".to_owned()),
            last_modified: None,
        };
        let list = url("https://a.example/l");
        assert_eq!(manner(Method::Get, &[]).request(&list, known.clone()).validators, known);
        assert_eq!(
            manner(Method::Post, &[]).request(&list, known).validators,
            Validators::default()
        );
    }
}
