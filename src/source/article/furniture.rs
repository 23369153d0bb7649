//! Which parts of a page are furniture: what stands around every page of the site, and what stands beside every notice.
//!
//! Told by tags and roles first, then by the words of class names; but whatever holds most of a page's text is no furniture,
//! whatever it is called.

use super::{
    outline::Outline,
    words::{self, AROUND, BESIDE, BUTTON},
};

/// For each element of a page, whether it is in something that stands around the notice.
pub(super) fn around(outline: &Outline<'_>) -> Vec<bool> {
    marked(outline, |at| stands_around(outline, at))
}

/// For each element of a page, whether it is in something that stands beside the notice's text: share, comments, buttons.
pub(super) fn beside(outline: &Outline<'_>) -> Vec<bool> {
    marked(outline, |at| stands_beside(outline, at))
}

fn marked(outline: &Outline<'_>, judge: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut marked = vec![false; outline.nodes.len()];
    let mut at = 1;
    while at < marked.len() {
        if judge(at) {
            let end = outline.nodes[at].end.max(at + 1);
            marked[at..end].fill(true);
            at = end;
        } else {
            at += 1;
        }
    }
    marked
}

fn stands_around(outline: &Outline<'_>, at: usize) -> bool {
    let node = &outline.nodes[at];
    let role = node.element.attr("role").unwrap_or_default();
    if matches!(node.tag.as_str(), "nav" | "dialog")
        || matches!(
            role.as_str(),
            "navigation" | "contentinfo" | "search" | "dialog" | "menu" | "menubar" | "alertdialog"
        )
    {
        return !node.holds_main;
    }
    let in_article = || {
        outline
            .above(at)
            .any(|above| matches!(outline.nodes[above].tag.as_str(), "article" | "main"))
    };
    if node.tag == "footer" || node.tag == "aside" || role == "complementary" {
        return !node.holds_main && (node.tag == "aside" || !is_most(outline, at));
    }
    if node.tag == "header" || role == "banner" {
        return !in_article() && !node.holds_main && !is_most(outline, at);
    }
    let is_path = || (4..200).contains(&node.letters) && node.span.len() < 800 && words::leads_home(&outline.text(at));
    !node.holds_main && !is_most(outline, at) && (node.is_marked(AROUND) || is_path())
}

fn stands_beside(outline: &Outline<'_>, at: usize) -> bool {
    let node = &outline.nodes[at];
    matches!(node.tag.as_str(), "button" | "footer" | "nav")
        || node.tag == "form" && is_filled_in(outline, at)
        || node.is_marked(BESIDE) && !node.holds_main && !is_most(outline, at) && !is_caption(outline, at)
        || node.is_marked(BUTTON) && node.letters <= 30 && words::ending(&outline.text(at)).is_some()
}

/// Whether a form is there to be filled in, and is not one that a framework puts around everything.
fn is_filled_in(outline: &Outline<'_>, at: usize) -> bool {
    let node = &outline.nodes[at];
    let fields = outline.nodes[at..node.end]
        .iter()
        .filter(|inside| inside.tag == "input")
        .filter(|input| {
            !matches!(
                input.element.attr("type").as_deref(),
                Some("button" | "image" | "submit")
            )
        })
        .count();
    fields > 0 && node.letters < 300 + 30 * fields && !node.holds_main && !is_most(outline, at)
}

/// Whether an element is the comment on a picture and not a place for comments.
fn is_caption(outline: &Outline<'_>, at: usize) -> bool {
    let before = &outline.nodes[at - 1];
    let beside_picture = before.picture && before.parent == outline.nodes[at].parent;
    beside_picture && outline.nodes[at].marks.iter().any(|mark| mark == "comment")
}

/// Whether an element holds a great part of the page's own words.
fn is_most(outline: &Outline<'_>, at: usize) -> bool {
    let plain = |at: usize| outline.nodes[at].letters - outline.nodes[at].linked;
    plain(at) * 5 > plain(0) * 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::Doc;

    #[track_caller]
    fn check(html: &str, kept: &str) {
        let doc = Doc::parse(html);
        let outline = Outline::of(&doc).expect("a page");
        let (around, beside) = (around(&outline), beside(&outline));
        let texts: Vec<String> = (0..outline.nodes.len())
            .filter(|at| !around[*at] && !beside[*at] && outline.nodes[*at].own > 0)
            .map(|at| outline.text(at))
            .collect();
        assert_eq!(texts.join(" | "), kept);
    }

    #[test]
    fn navigation_footers_and_buttons_are_furniture() {
        check(
            "<nav>Home</nav><div class=gnb>Menu</div><p>The water is off on Monday, from nine to five.</p>\
             <div class='sns_share'>Facebook</div><footer>City hall</footer>",
            "The water is off on Monday, from nine to five.",
        );
    }

    #[test]
    fn what_holds_the_text_is_none_whatever_it_is_called() {
        check(
            "<div class=menu-content><p>The water is off on Monday.</p></div>",
            "The water is off on Monday.",
        );
        check(
            "<form><input name=x><p>The water is off on Monday.</p></form>",
            "The water is off on Monday.",
        );
    }
}
