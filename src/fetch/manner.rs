//! How a list is asked for that isn't shown for the mere asking: by a form, with headers, after another page.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::{
    net::{Downgrade, HeaderName, Jar, Tls, Trust, Way},
    ops::Secret,
    source::{Form, Request, Validators},
};

/// How a source is asked. By default with GET and nothing more.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// How the form is sent.
    pub method: Method,
    /// The fields of the form.
    pub form: Vec<(String, String)>,
    /// JSON that is posted in the place of a form.
    pub json: Option<Value>,
    /// Headers that are sent along, to the source's own origin and to no other.
    pub headers: Vec<(HeaderName, Secret)>,
    /// The page that is said to have led there.
    pub referer: Option<Url>,
    /// A page that is asked for first. The cookies that it sets are sent along and forgotten with the visit.
    pub prime: Option<Url>,
    /// What is asked for.
    pub asking: Asking,
    /// How its hosts are gone to, also for its articles and files.
    pub way: Way,
    /// The time between the starts of two requests to its host; `None`: as ever.
    pub apart: Option<Duration>,
    /// Where the cookies stay between visits; `None`: each visit forgets its own.
    pub cookies: Option<Cookies>,
}

/// The cookies of a source, for as long as the program runs. Clones are one.
#[derive(Clone, Default)]
pub struct Cookies(Arc<Mutex<Jar>>);

// What is in them is nobody's business, and no part of how a source is asked.
impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies")
    }
}

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
    /// In which ways a source is asked that a colleague should know of, in words.
    pub fn exceptions(&self) -> Vec<&'static str> {
        let way = &self.way;
        [
            (
                way.trust == Trust::Anyone,
                "its certificate is not checked (verify = false): anybody on the way can change its notices",
            ),
            (
                way.downgrade == Downgrade::Allowed,
                "it may lead from https to http (allow_downgrade = true): anybody on the way can change its notices",
            ),
            (
                way.tls == Tls::Legacy,
                "it is spoken to with ciphers that are no longer considered safe (tls = \"legacy\")",
            ),
            (
                self.asking == Asking::Whatever,
                "its robots.txt is not heeded (robots = false)",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, words)| holds.then_some(words))
        .collect()
    }

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
                form: Some(match &self.json {
                    Some(json) => Form::Json(json.clone()),
                    None => Form::Fields(self.form.clone()),
                }),
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
        let in_json = self
            .json
            .as_ref()
            .and_then(|json| member(json, parameter))
            .map(|number| number.as_str().map_or_else(|| number.to_string(), str::to_owned));
        let in_form = in_form.or(in_json);
        let in_url = url
            .query_pairs()
            .find(|(name, _)| name == parameter)
            .map(|(_, value)| value.into_owned());
        let first = in_form
            .as_ref()
            .or(in_url.as_ref())
            .and_then(|number| number.trim().parse::<u64>().ok());
        let place = first
            .unwrap_or(u64::from(step == 1))
            .saturating_add(step.saturating_mul(turns));
        let number = place.to_string();
        if in_form.is_none() && (in_url.is_some() || self.method == Method::Get) {
            return self.request(&with(url.clone(), parameter, &number), Validators::default());
        }
        let mut turned = self.clone();
        if let Some(json) = &mut turned.json {
            set(json, parameter, place);
            return turned.request(url, Validators::default());
        }
        match turned.form.iter_mut().find(|(name, _)| name == parameter) {
            Some((_, value)) => *value = number,
            None => turned.form.push((parameter.to_owned(), number)),
        }
        turned.request(url, Validators::default())
    }
}

/// The member of `json` that `path` names: names with dots between them lead into objects.
fn member<'v>(json: &'v Value, path: &str) -> Option<&'v Value> {
    let whole = json.get(path);
    whole.or_else(|| path.split('.').try_fold(json, |value, name| value.get(name)))
}

/// Sets that member to `number`: as text where text stands there, and outermost where nothing does.
fn set(json: &mut Value, path: &str, number: u64) {
    let is_text = member(json, path).is_some_and(Value::is_string);
    let number = match is_text {
        true => Value::from(number.to_string()),
        false => Value::from(number),
    };
    if json.get(path).is_none()
        && let Some(place) = path.split('.').try_fold(&mut *json, |value, name| value.get_mut(name))
    {
        *place = number;
    } else if let Some(object) = json.as_object_mut() {
        object.insert(path.to_owned(), number);
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
        let posted = match request.form {
            Some(Form::Fields(fields)) => fields,
            _ => Vec::new(),
        };
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
    fn pages_are_turned_inside_of_json() {
        for (json, parameter, expected) in [
            (r#"{"page":1,"size":20}"#, "page", r#"{"page":3,"size":20}"#),
            (r#"{"page":"1"}"#, "page", r#"{"page":"3"}"#),
            (
                r#"{"filter":{"open":true,"page":0}}"#,
                "filter.page",
                r#"{"filter":{"open":true,"page":2}}"#,
            ),
            (r#"{"a.b":1,"a":{"b":5}}"#, "a.b", r#"{"a.b":3,"a":{"b":5}}"#),
            (r#"{"board":7}"#, "page", r#"{"board":7,"page":3}"#),
        ] {
            let manner = Manner {
                method: Method::Post,
                json: serde_json::from_str(json).ok(),
                ..Manner::default()
            };
            let request = manner.turned(&url("https://a.example/l"), parameter, 1, 2);
            let Some(Form::Json(turned)) = request.form else {
                panic!("JSON")
            };
            assert_eq!(turned.to_string(), expected);
        }
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
