//! Selectors of the detector's own making: few enough forms to be evaluated on a flat page at once, written as CSS.

use std::{fmt, ops::Range};

use crate::source::dom::Outline;

/// Where something stands in a row: one to three steps, each anywhere inside what the one before selects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Path(pub(super) Vec<Step>);

/// One compound selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// The tag; any where it is empty.
    pub(super) tag: String,
    /// A class it has.
    pub(super) class: Option<String>,
    /// A class it hasn't.
    pub(super) without: Option<String>,
    /// An attribute it has, and its value.
    pub(super) attr: Option<(&'static str, String)>,
    /// Its number among all the children of its parent.
    pub(super) nth: Option<usize>,
    /// Its number among those of its tag.
    pub(super) nth_of_tag: Option<usize>,
    /// Directly inside what the step before selects.
    pub(super) child: bool,
}

impl Step {
    pub(super) fn tag(tag: &str) -> Self {
        Self {
            tag: tag.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn class(tag: &str, class: &str) -> Self {
        Self {
            tag: tag.to_owned(),
            class: Some(class.to_owned()),
            ..Self::default()
        }
    }

    /// Whether it selects the element at `at`, wherever that stands.
    pub(super) fn selects(&self, outline: &Outline<'_>, at: usize) -> bool {
        let spot = outline.spot(at);
        (self.tag.is_empty() || spot.tag == self.tag)
            && self.class.as_ref().is_none_or(|class| spot.classes.contains(class))
            && self.without.as_ref().is_none_or(|class| !spot.classes.contains(class))
            && self.nth.is_none_or(|nth| spot.nth == nth)
            && self.nth_of_tag.is_none_or(|nth| spot.nth_of_tag == nth)
            && self.attr.as_ref().is_none_or(|(name, value)| match value.is_empty() {
                true => spot.element.attr(name).is_some(),
                false => spot.element.attr(name).as_deref() == Some(value),
            })
    }
}

impl Path {
    pub(super) fn of(step: Step) -> Self {
        Self(vec![step])
    }

    /// The place of the first element that it selects among `places`.
    pub(super) fn first(&self, outline: &Outline<'_>, places: &Range<usize>) -> Option<usize> {
        places.clone().find(|at| self.selects(outline, *at, places))
    }

    fn selects(&self, outline: &Outline<'_>, at: usize, places: &Range<usize>) -> bool {
        let Some((last, before)) = self.0.split_last() else {
            return false;
        };
        if !last.selects(outline, at) {
            return false;
        }
        let (mut at, mut direct) = (at, last.child);
        for step in before.iter().rev() {
            let above = outline
                .ancestors(at)
                .take(if direct { 1 } else { usize::MAX })
                .take_while(|above| places.contains(above))
                .find(|above| step.selects(outline, *above));
            match above {
                Some(above) => (at, direct) = (above, step.child),
                None => return false,
            }
        }
        true
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)?;
        if let Some(class) = &self.class {
            write!(f, ".{}", escaped(class))?;
        }
        if let Some(class) = &self.without {
            write!(f, ":not(.{})", escaped(class))?;
        }
        match &self.attr {
            Some((name, value)) if value.is_empty() => write!(f, "[{name}]")?,
            Some((name, value)) => write!(f, "[{name}=\"{}\"]", value.replace('\\', "\\\\").replace('"', "\\\""))?,
            None => {}
        }
        if let Some(nth) = self.nth {
            write!(f, ":nth-child({nth})")?;
        }
        if let Some(nth) = self.nth_of_tag {
            write!(f, ":nth-of-type({nth})")?;
        }
        Ok(())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, step) in self.0.iter().enumerate() {
            match (nth, step.child) {
                (0, _) => {}
                (_, true) => f.write_str(" > ")?,
                (_, false) => f.write_str(" ")?,
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

/// A class or id as CSS writes it.
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for (nth, c) in name.chars().enumerate() {
        match c {
            '0'..='9' if nth == 0 => text.push_str(&format!("\\{:x} ", c as u32)),
            '-' if name.len() == 1 => text.push_str("\\-"),
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => text.push(c),
            c => {
                text.push('\\');
                text.push(c);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::{Css, Doc};

    #[track_caller]
    fn check(path: &Path, css: &str, text: Option<&str>) {
        let html = "<ul><li><p class='t:x'><a href=/1>One</a> <a>two</a></p><span>3</span><span class=d>4</span></ul>";
        let doc = Doc::parse(html);
        let outline = Outline::of(&doc);
        let row = (0..outline.len())
            .find(|at| outline.spot(*at).tag == "li")
            .expect("a row");
        let places = row..outline.spot(row).end;
        assert_eq!(path.to_string(), css);
        assert_eq!(path.first(&outline, &places).map(|at| outline.text(at)), text);
        let css: Css = css.parse().expect("a selector");
        let row = doc.first(&"li".parse().expect("a selector")).expect("a row");
        assert_eq!(row.first(&css).map(|found| found.text()).as_deref(), text);
    }

    #[test]
    fn a_path_selects_what_its_css_selects() {
        check(&Path::of(Step::tag("a")), "a", Some("One"));
        check(
            &Path(vec![Step::class("p", "t:x"), Step::tag("a")]),
            "p.t\\:x a",
            Some("One"),
        );
        check(&Path::of(Step::class("span", "d")), "span.d", Some("4"));
        let second = |step: Step| Step {
            nth_of_tag: Some(2),
            ..step
        };
        check(&Path::of(second(Step::tag("a"))), "a:nth-of-type(2)", Some("two"));
        let nth = Step {
            nth: Some(2),
            child: true,
            ..Step::tag("span")
        };
        check(&Path(vec![Step::tag("li"), nth]), "li > span:nth-child(2)", Some("3"));
        check(&Path::of(Step::tag("b")), "b", None);
        let bare = Step {
            without: Some("d".to_owned()),
            ..Step::tag("span")
        };
        check(&Path::of(bare), "span:not(.d)", Some("3"));
    }
}
