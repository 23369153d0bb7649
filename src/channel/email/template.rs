//! The words of a mail, from templates in English and Korean.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use url::Url;

use super::Letter;
use crate::{
    channel::{Told, shorten},
    notice::{Difference, Stretch},
};

/// The longest text of one notice in a mail of its own, in characters.
const TEXT: usize = 20_000;

/// The longest excerpt of one notice in a digest.
const EXCERPT: usize = 280;

/// Most stretches of a text that a mail shows.
const STRETCHES: usize = 60;

/// How much of what did not change is shown beside a change, in characters.
const AROUND: usize = 60;

/// What templates make of a letter.
pub(super) struct Texts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

#[derive(Serialize)]
struct Item {
    title: String,
    source: String,
    date: Option<String>,
    author: Option<String>,
    link: Option<String>,
    page: String,
    text: String,
    html: Option<String>,
    files: Vec<File>,
    revision: u32,
    changed: Option<Difference>,
}

#[derive(Serialize)]
struct File {
    name: String,
    url: String,
}

pub(super) fn render(letter: &Letter<'_>, unsubscribe: &Url, manage: &Url) -> Result<Texts, minijinja::Error> {
    let language = if letter.language.starts_with("ko") { "ko" } else { "en" };
    let items: Vec<Item> = letter.told.iter().map(|told| item(told, letter.digest)).collect();
    let first = items.first();
    let context = context! {
        ko => language == "ko",
        lang => language,
        site => letter.site.title.as_str(),
        home => letter.site.public_url.as_str(),
        unsubscribe => unsubscribe.as_str(),
        manage => manage.as_str(),
        because => letter.because,
        digest => letter.digest,
        items => Value::from(Serde(&items)),
        revised => !letter.digest && first.is_some_and(|item| item.revision > 1),
    };
    Ok(Texts {
        subject: make("subject.txt", &context)?,
        text: make("body.txt", &context)?,
        html: make("body.html", &context)?,
    })
}

/// What one template makes of `context`.
pub(super) fn make(name: &str, context: &Value) -> Result<String, minijinja::Error> {
    static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(load);
    match &*TEMPLATES {
        Ok(templates) => templates.get_template(name)?.render(context),
        Err(error) => Err(minijinja::Error::new(error.kind(), error.to_string())),
    }
}

fn load() -> Result<Environment<'static>, minijinja::Error> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_fuel(Some(1_000_000));
    templates.set_auto_escape_callback(|name| {
        if name.ends_with(".html") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    templates.add_template("subject.txt", include_str!("templates/subject.txt"))?;
    templates.add_template("body.txt", include_str!("templates/body.txt"))?;
    templates.add_template("body.html", include_str!("templates/body.html"))?;
    templates.add_template("question.txt", include_str!("templates/question.txt"))?;
    templates.add_template("question.html", include_str!("templates/question.html"))?;
    templates.add_template("alarm.txt", include_str!("templates/alarm.txt"))?;
    templates.add_template("alarm.html", include_str!("templates/alarm.html"))?;
    Ok(templates)
}

fn item(told: &Told, digest: bool) -> Item {
    let notice = &told.entry.notice;
    let body = notice.body();
    Item {
        title: notice.title.clone(),
        source: told.source_name.clone(),
        date: told.date(),
        author: notice.author.clone(),
        link: notice.link.as_ref().map(Url::to_string),
        page: told.page.to_string(),
        text: if digest {
            told.excerpt(EXCERPT).replace('\n', " ")
        } else {
            wrapped(&shorten(&told.text(), TEXT))
        },
        html: body
            .filter(|html| !digest && html.as_str().len() <= TEXT * 4)
            .map(|html| html.as_str().to_owned()),
        files: notice
            .attachments
            .iter()
            .map(|file| File {
                name: file.name.clone(),
                url: file.url.to_string(),
            })
            .collect(),
        revision: told.entry.revision,
        changed: told.changed.as_ref().filter(|changed| !changed.is_empty()).map(changed),
    }
}

/// A difference as a mail has room for it.
fn changed(difference: &Difference) -> Difference {
    let short = |stretch: &Stretch| match stretch {
        Stretch::Kept(text) => Stretch::Kept(around(text)),
        Stretch::Removed(text) => Stretch::Removed(shorten(text, EXCERPT)),
        Stretch::Added(text) => Stretch::Added(shorten(text, EXCERPT)),
    };
    Difference {
        text: difference.text.iter().take(STRETCHES).map(short).collect(),
        ..difference.clone()
    }
}

/// What stands next to a change: the ends of a text that is kept.
fn around(kept: &str) -> String {
    let chars: Vec<char> = kept.chars().collect();
    if chars.len() <= 2 * AROUND {
        return kept.to_owned();
    }
    let (first, last) = (&chars[..AROUND], &chars[chars.len() - AROUND..]);
    format!("{} … {}", String::from_iter(first), String::from_iter(last))
}

/// Paragraphs with blank lines between them, their lines no longer than 76 columns where there are spaces to break at.
fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for paragraph in text.lines() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let mut column = 0;
        for word in paragraph.split(' ') {
            let width = word
                .chars()
                .map(|c| if c as u32 >= 0x1100 { 2 } else { 1 })
                .sum::<usize>();
            if column > 0 && column + 1 + width > 76 {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrapped("a b\nc"), "a b\n\nc");
        let wide = wrapped(&"word ".repeat(40));
        assert!(wide.lines().all(|line| line.len() <= 76), "{wide}");
    }
}
