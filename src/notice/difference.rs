//! What changed between two versions of a notice, as people want to see it.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::{Attachment, Notice};

/// Longer texts, in bytes, are compared line by line: what a comparison of words costs grows with the square of what differs.
const LONG: usize = 12_000;

/// More lines than this are not compared: the whole text counts as changed.
const MOST_LINES: usize = 3_000;

/// A stretch of text. For templates it is a `kind` and a `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "lowercase")]
pub enum Stretch {
    /// It stands in both versions.
    Kept(String),
    /// It stood in the earlier one.
    Removed(String),
    /// It stands in the later one.
    Added(String),
}

/// What changed between two versions of a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The earlier title, where it is another.
    pub title: Option<String>,
    /// The texts, without markup, as stretches of both; empty where they are the same.
    pub text: Vec<Stretch>,
    /// The names of the files that came.
    pub added: Vec<String>,
    /// The names of the files that went.
    pub removed: Vec<String>,
}

impl Difference {
    /// What changed from `before` to `after`.
    pub fn between(before: &Notice, after: &Notice) -> Self {
        let names = |files: &[Attachment], others: &[Attachment]| {
            let known = |file: &&Attachment| !others.iter().any(|other| other.name == file.name);
            files.iter().filter(known).map(|file| file.name.clone()).collect()
        };
        Self {
            title: (before.title != after.title).then(|| before.title.clone()),
            text: texts(&before.text(), &after.text()),
            added: names(&after.attachments, &before.attachments),
            removed: names(&before.attachments, &after.attachments),
        }
    }

    /// Whether there is none to be seen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Two texts as stretches; none where they are the same but for white space.
fn texts(before: &str, after: &str) -> Vec<Stretch> {
    if before.split_whitespace().eq(after.split_whitespace()) {
        return Vec::new();
    }
    let lines = before.lines().count().max(after.lines().count());
    if lines > MOST_LINES {
        return vec![Stretch::Removed(before.to_owned()), Stretch::Added(after.to_owned())];
    }
    let diff = if before.len().max(after.len()) > LONG {
        TextDiff::from_lines(before, after)
    } else {
        TextDiff::from_unicode_words(before, after)
    };
    let mut stretches: Vec<Stretch> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), stretches.last_mut()) {
            (ChangeTag::Equal, Some(Stretch::Kept(last)))
            | (ChangeTag::Delete, Some(Stretch::Removed(last)))
            | (ChangeTag::Insert, Some(Stretch::Added(last))) => last.push_str(text),
            (ChangeTag::Equal, _) => stretches.push(Stretch::Kept(text.to_owned())),
            (ChangeTag::Delete, _) => stretches.push(Stretch::Removed(text.to_owned())),
            (ChangeTag::Insert, _) => stretches.push(Stretch::Added(text.to_owned())),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(stretches: &[Stretch]) -> String {
        let one = |stretch: &Stretch| match stretch {
            Stretch::Kept(text) => text.clone(),
            Stretch::Removed(text) => format!("[-{text}-]"),
            Stretch::Added(text) => format!("{{+{text}+}}"),
        };
        stretches.iter().map(one).collect()
    }

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        assert_eq!(shown(&texts(before, after)), expected);
    }

    #[test]
    fn the_words_that_changed_are_marked_where_they_stand() {
        check(
            "The office closes at five on Monday.",
            "The office closes at four on Monday.",
            "The office closes at [-five-]{+four+} on Monday.",
        );
        check(
            "접수는 5월 3일까지",
            "접수는 5월 7일까지",
            "접수는 5월 [-3일까지-]{+7일까지+}",
        );
        check("", "New", "{+New+}");
    }

    #[test]
    fn white_space_is_no_change() {
        check("a  b\n\nc", "a b c", "");
    }

    #[test]
    fn long_texts_are_compared_by_lines() {
        let lines: Vec<String> = (0..2_500).map(|n| format!("line {n} of the list\n")).collect();
        let before = lines.concat();
        let after = before.replace("line 7 of", "line seven of");
        let seen = texts(&before, &after);
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[1], Stretch::Removed("line 7 of the list\n".to_owned()));
    }

    #[test]
    fn hostile_texts_are_bounded() {
        let one: String = (0..200_000).map(|n| format!("{n}\n")).collect();
        let other: String = (0..200_000).map(|n| format!("x{n}\n")).collect();
        assert_eq!(texts(&one, &other).len(), 2);
        assert!(!texts(&"a".repeat(1 << 20), &"b".repeat(1 << 20)).is_empty());
    }
}
