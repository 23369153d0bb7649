//! Pages for people: templates, words, and what every page shows.

use aws_lc_rs::digest;
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, LINK, VARY},
    },
};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, value::Serde};
use serde::Serialize;

use crate::{feed, source::LegalNote};

use super::{
    Site, SourceInfo,
    language::{Dictionary, Language, Spoken, Words},
    renderings::Missing,
    wish,
};

/// The style sheet.
pub(super) const STYLE: &str = include_str!("pages/style.css");

/// How much work a template may do.
const FUEL: u64 = 5_000_000;

/// Names end in `.html`: by that the templates know to escape.
const TEMPLATES: [(&str, &str); 13] = [
    ("base.html", include_str!("pages/base.html")),
    ("parts.html", include_str!("pages/parts.html")),
    ("start.html", include_str!("pages/start.html")),
    ("source.html", include_str!("pages/source.html")),
    ("notice.html", include_str!("pages/notice.html")),
    ("search.html", include_str!("pages/search.html")),
    ("message.html", include_str!("pages/message.html")),
    ("subscribe.html", include_str!("pages/subscribe.html")),
    ("link.html", include_str!("pages/link.html")),
    ("confirm.html", include_str!("pages/confirm.html")),
    ("confirmed.html", include_str!("pages/confirmed.html")),
    ("manage.html", include_str!("pages/manage.html")),
    ("unsubscribe.html", include_str!("pages/unsubscribe.html")),
];

/// Makes pages.
#[derive(Debug)]
pub(super) struct Pages {
    templates: Environment<'static>,
    dictionary: Dictionary,
    title: String,
    /// Where the site begins, on whatever host the visitor reached it.
    root: String,
    public_url: String,
    style: String,
}

/// A feed's address in one format.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FeedLink {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) title: String,
    /// Within the site.
    pub(super) path: String,
    /// For readers.
    pub(super) address: String,
}

impl Pages {
    pub(super) fn build(site: &Site) -> Result<Self, super::routes::Broken> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_fuel(Some(FUEL));
        templates.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            // As the engine would, but addresses keep their slashes.
            (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&feed::escaped(text))?),
            _ => minijinja::escape_formatter(out, state, value),
        });
        for (name, source) in TEMPLATES {
            templates.add_template(name, source)?;
        }
        let hash = digest::digest(&digest::SHA256, STYLE.as_bytes());
        let hash: String = hash.as_ref()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = site.public_url.path();
        Ok(Self {
            templates,
            dictionary: Dictionary::read()?,
            title: site.title.clone(),
            root: if path.ends_with('/') {
                path.to_owned()
            } else {
                format!("{path}/")
            },
            public_url: site.public_url.to_string(),
            style: format!("style-{hash}.css"),
        })
    }

    /// The style sheet's name.
    pub(super) fn style(&self) -> &str {
        &self.style
    }

    /// Where the site begins.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn words(&self, language: Language) -> &Words {
        self.dictionary.words(language)
    }

    /// `name` with `gap` filled by `value`.
    pub(super) fn phrase(&self, language: Language, name: &str, gap: &str, value: &str) -> String {
        self.words(language)
            .get(name)
            .map_or_else(String::new, |text| text.replace(gap, value))
    }

    /// What is told beside the notices of `source`, where its configuration asks for it.
    pub(super) fn legal_note(&self, language: Language, source: &SourceInfo) -> Option<String> {
        match source.legal_note.as_ref()? {
            LegalNote::Usual => self.words(language).get("legal_note").cloned(),
            LegalNote::Told(text) => Some(text.clone()),
        }
    }

    /// The page `template` shows about `about`, at `path` within the site. `feeds` are announced to readers.
    pub(super) fn render(
        &self,
        template: &str,
        spoken: Spoken,
        path: &str,
        feeds: &[FeedLink],
        about: Value,
    ) -> Result<Vec<u8>, Missing> {
        let others: Vec<Value> = Language::ALL
            .into_iter()
            .filter(|language| *language != spoken.language)
            .map(|language| {
                let name = self.words(language).get("language").cloned().unwrap_or_default();
                context! { tag => language.tag(), name }
            })
            .collect();
        let shared = context! {
            w => Serde(self.words(spoken.language)),
            lang => spoken.language.tag(),
            q => spoken.suffix(),
            others,
            path,
            root => self.root.as_str(),
            public_url => self.public_url.as_str(),
            site => self.title.as_str(),
            style => self.style.as_str(),
            alternates => Serde(feeds),
        };
        self.templates
            .get_template(template)
            .and_then(|page| page.render(context! { ..about, ..shared }))
            .map(String::into_bytes)
            .map_err(|broken| Missing::Page(format!("{broken:#}")))
    }

    /// The headers of a page that many may see.
    pub(super) fn headers(&self, spoken: Spoken, feeds: &[FeedLink]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(spoken.language.tag()));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
        for feed in feeds {
            let link = format!("<{}>; rel=\"alternate\"; type=\"{}\"", feed.address, feed.media_type);
            if let Ok(link) = HeaderValue::from_str(&link) {
                headers.append(LINK, link);
            }
        }
        headers
    }

    /// A page with a title and a sentence.
    pub(super) fn message(&self, code: StatusCode, name: &str, spoken: Spoken) -> Response<Body> {
        let words = self.words(spoken.language);
        // A limit and a body have a sentence of their own under one title.
        let title = words
            .get(&format!("{name}_title"))
            .or_else(|| words.get("request_title"));
        let text = words
            .get(&format!("{name}_text"))
            .map(|text| text.replace("{n}", &wish::MOST.to_string()));
        let about = context! { title, text, code => code.as_u16(), failed => code.as_u16() >= 400 };
        self.page(code, "message.html", spoken, about)
    }

    /// The page with the button.
    pub(super) fn unsubscribe(&self, spoken: Spoken) -> Response<Body> {
        self.page(StatusCode::OK, "unsubscribe.html", spoken, context! {})
    }

    /// The page `template` shows about `about`, for one visitor.
    pub(super) fn page(&self, code: StatusCode, template: &str, spoken: Spoken, about: Value) -> Response<Body> {
        let made = self.render(template, spoken, "", &[], about);
        let mut answer = match made {
            Ok(bytes) => Response::new(Body::from(bytes)),
            Err(broken) => {
                tracing::error!(%broken, "a page is broken");
                return super::answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "This page can't be shown.");
            }
        };
        *answer.status_mut() = code;
        *answer.headers_mut() = self.headers(spoken, &[]);
        answer
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        answer
    }
}
