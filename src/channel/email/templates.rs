//! The templates of mails: built in, and what a folder of the admin's has in their place.

use std::{collections::BTreeSet, fmt, fs, path::Path, sync::Arc};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use super::sample;

/// Their names, and what is built in.
const BUILT_IN: [(&str, &str); 10] = [
    ("frame.html", include_str!("templates/frame.html")),
    ("subject.txt", include_str!("templates/subject.txt")),
    ("notice.txt", include_str!("templates/notice.txt")),
    ("notice.html", include_str!("templates/notice.html")),
    ("digest.txt", include_str!("templates/digest.txt")),
    ("digest.html", include_str!("templates/digest.html")),
    ("question.txt", include_str!("templates/question.txt")),
    ("question.html", include_str!("templates/question.html")),
    ("alarm.txt", include_str!("templates/alarm.txt")),
    ("alarm.html", include_str!("templates/alarm.html")),
];

/// Languages of which a template can be there beside the one for all.
const LANGUAGES: [&str; 2] = ["en", "ko"];

/// Steps that one template may take: enough for the largest digest, and an end for a loop that has none.
const FUEL: u64 = 1_000_000;

/// The templates of mails.
#[derive(Clone)]
pub struct Templates(Arc<Environment<'static>>);

/// What is wrong with templates, one line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct UnusableTemplates(pub Vec<String>);

/// What templates make of a letter.
pub(super) struct Texts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

impl Templates {
    /// Those that are built in.
    ///
    /// # Errors
    ///
    /// [`UnusableTemplates`]; a fault of the program.
    pub fn built_in() -> Result<Self, UnusableTemplates> {
        let mut templates = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(syntax.map_err(|error| UnusableTemplates(vec![error.to_string()]))?);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_fuel(Some(FUEL));
        templates.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        for (name, text) in BUILT_IN {
            let added = templates.add_template(name, text);
            added.map_err(|error| UnusableTemplates(vec![error.to_string()]))?;
        }
        Ok(Self(Arc::new(templates)))
    }

    /// Those of `folder`, and the built-in ones where it has none. Mails about made-up notices are written with them, so that
    /// what is wrong is known before anything is sent.
    ///
    /// # Errors
    ///
    /// [`UnusableTemplates`]: a file has the name of none, can't be read, or makes no mail.
    pub fn with_folder(folder: &Path) -> Result<Self, UnusableTemplates> {
        let Self(templates) = Self::built_in()?;
        let mut templates = Arc::unwrap_or_clone(templates);
        let mut wrong = Vec::new();
        for name in files(folder)? {
            if !is_known(&name) {
                wrong.push(format!("there is no template {name:?}: {}", names()));
                continue;
            }
            let added = fs::read_to_string(folder.join(&name))
                .map_err(|error| format!("can't read {name:?}: {error}"))
                .and_then(|text| {
                    let added = templates.add_template_owned(name, text);
                    added.map_err(|error| error.to_string())
                });
            wrong.extend(added.err());
        }
        let templates = Self(Arc::new(templates));
        if wrong.is_empty() {
            wrong = sample::faults(&templates);
        }
        match wrong.is_empty() {
            true => Ok(templates),
            false => Err(UnusableTemplates(wrong)),
        }
    }

    /// A mail of this kind in this language, with the subject that `subject.txt` makes for it.
    pub(super) fn letter(&self, kind: &str, language: &str, context: Value) -> Result<Texts, minijinja::Error> {
        let context = context! { kind, ..spoken(language, context) };
        let subject = self.make("subject", "txt", language, &context)?;
        self.mail(kind, language, subject, context)
    }

    /// A mail of this kind in this language, with this subject.
    pub(super) fn mail(
        &self,
        kind: &str,
        language: &str,
        subject: String,
        context: Value,
    ) -> Result<Texts, minijinja::Error> {
        let context = context! { subject => subject.as_str(), ..spoken(language, context) };
        Ok(Texts {
            text: self.make(kind, "txt", language, &context)?,
            html: self.make(kind, "html", language, &context)?,
            subject,
        })
    }

    fn make(&self, name: &str, ending: &str, language: &str, context: &Value) -> Result<String, minijinja::Error> {
        let of_language = self.0.get_template(&format!("{name}.{language}.{ending}"));
        let template = match of_language {
            Ok(template) => template,
            Err(_) => self.0.get_template(&format!("{name}.{ending}"))?,
        };
        template.render(context)
    }
}

/// `context` with the language in it.
fn spoken(language: &str, context: Value) -> Value {
    context! { lang => language, ko => language == "ko", ..context }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

/// The names of the files in `folder`, in order. What editors leave there is no template.
fn files(folder: &Path) -> Result<BTreeSet<String>, UnusableTemplates> {
    let no = |error: std::io::Error| UnusableTemplates(vec![format!("can't read {}: {error}", folder.display())]);
    let mut names = BTreeSet::new();
    for file in fs::read_dir(folder).map_err(no)? {
        let name = file.map_err(no)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with('~') && !name.ends_with(".md") {
            names.insert(name);
        }
    }
    Ok(names)
}

fn is_known(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| {
        let (stem, ending) = known.split_once('.').unwrap_or((known, ""));
        let of = |language: &&str| name == format!("{stem}.{language}.{ending}");
        name == *known || LANGUAGES.iter().any(of)
    })
}

fn names() -> String {
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    format!(
        "the names are {}, and the same for one language, such as notice.ko.txt",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        let said = Templates::with_folder(folder.path()).map_or_else(|error| error.to_string(), |_| "right".to_owned());
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn templates_of_a_folder_are_tried_before_anything_is_sent() {
        check(&[], "right");
        check(
            &[
                ("notice.ko.txt", "{{ item.title }} {{ unsubscribe }}"),
                (".notice.txt.swp", ""),
            ],
            "right",
        );
        check(
            &[("body.html", "")],
            "there is no template \"body.html\": the names are frame.html",
        );
        check(&[("notice.txt", "{{ item.title")], "(in notice.txt:1)");
        check(
            &[("notice.txt", "\n{{ item.titel }}{{ unsubscribe }}")],
            "undefined value: `item.titel` is undefined (in notice.txt:2)",
        );
        check(
            &[("digest.html", "{{ count }}")],
            "digest.html does not show {{ unsubscribe }}",
        );
        check(
            &[("question.ko.txt", "{{ site }}")],
            "question.txt does not show {{ address }}",
        );
        check(
            &[("subject.txt", "{% if kind == 'notice' %}x{% endif %}")],
            "subject.txt makes nothing of a digest",
        );
    }
}
