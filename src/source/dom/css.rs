//! CSS selectors, compiled once.

use std::{fmt, str::FromStr};

use dom_query::{Matcher, NodeRef, Selection};
use serde::{Deserialize, Serialize};

/// Longest selector that is compiled, in bytes.
const MAX_BYTES: usize = 2_000;

/// What to write instead of an XPath expression.
const XPATH: &str = "this is XPath, which is not read; CSS can say it too: \":contains(\\\"text\\\")\" for text, \":has(…)\" for \
                     what is inside, \"selector @attribute\" for an attribute, and `match` for a part of the value";

/// A compiled CSS selector. Beside CSS itself, `:has(…)`, `:contains("…")` and `:has-text("…")` work.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Css {
    text: String,
    matcher: Matcher,
}

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a CSS selector: {why}")]
pub struct BadCss {
    text: String,
    why: String,
}

impl Css {
    /// The selector as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn inside<'a>(&self, node: NodeRef<'a>) -> Vec<NodeRef<'a>> {
        Selection::from(node).select_matcher(&self.matcher).nodes().to_vec()
    }

    pub(super) fn first_inside<'a>(&self, node: NodeRef<'a>) -> Option<NodeRef<'a>> {
        let found = Selection::from(node).select_single_matcher(&self.matcher);
        found.nodes().first().copied()
    }

    pub(super) fn selects(&self, node: NodeRef<'_>) -> bool {
        node.is_element() && self.matcher.match_element(&node)
    }
}

impl FromStr for Css {
    type Err = BadCss;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bad = |why: String| BadCss {
            text: text.chars().take(200).collect(),
            why,
        };
        if text.is_empty() {
            return Err(bad("it is empty".to_owned()));
        }
        if text.starts_with(['/', '(']) || text.starts_with("./") || text.starts_with("xpath:") {
            return Err(bad(XPATH.to_owned()));
        }
        if text.len() > MAX_BYTES {
            return Err(bad(format!("it is longer than {MAX_BYTES} bytes")));
        }
        match Matcher::new(text) {
            Ok(matcher) => Ok(Self {
                text: text.to_owned(),
                matcher,
            }),
            Err(error) => Err(bad(reason(&format!("{:?}", error.kind)).to_owned())),
        }
    }
}

/// The parser's word for the trouble, as people would say it.
fn reason(kind: &str) -> &'static str {
    // The kinds are types of crates that we don't name; only their words reach us.
    [
        (
            "UnsupportedPseudo",
            "this pseudo-class is not known (known besides CSS: :has, :contains, :has-text)",
        ),
        ("DanglingCombinator", "nothing follows the last combinator"),
        ("EmptySelector", "a selector is missing"),
        ("ClassNeedsIdent", "a class name is missing after '.'"),
        ("Attr", "the attribute test is not well-formed"),
        ("EndOfInput", "it ends too early"),
        ("PseudoElement", "a name is missing after ':'"),
        ("NoIdentForPseudo", "a name is missing after ':'"),
    ]
    .into_iter()
    .find_map(|(word, reason)| kind.contains(word).then_some(reason))
    .unwrap_or("it is not understood")
}

impl PartialEq for Css {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Css {}

impl fmt::Debug for Css {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Css({:?})", self.text)
    }
}

impl fmt::Display for Css {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Css {
    type Error = BadCss;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Css> for String {
    fn from(css: Css) -> Self {
        css.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_selector_says_why() {
        for (text, why) in [
            ("", "it is empty"),
            ("td >", "nothing follows the last combinator"),
            ("td:nonsense(1)", "this pseudo-class is not known"),
            ("td.", "it ends too early"),
            ("a[href=]", ""),
            ("//td[@class='date']/text()", "this is XPath"),
            ("xpath:td[1]", ":contains"),
            ("./td/a", "@attribute"),
        ] {
            let error = text.parse::<Css>().expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_selector_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Css>();
    }
}
