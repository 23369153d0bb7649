//! Where the text of a notice is.
//!
//! It lies behind the title and the metadata, and before the neighbours, the way back to the list, the comments and the rights.
//! Of what lies there, letters weigh, links weigh little, pictures weigh some; furniture and files weigh nothing. The text is
//! the smallest element that holds nearly all of the weight, without what in it is none of the text.

use std::ops::Range;

use super::{
    facts::Fact,
    files::Zone,
    outline::Outline,
    words::{self, Ending, Label},
};

/// What a picture weighs, in letters.
const PICTURE: usize = 60;

/// Least weight of a text.
const LEAST: usize = 4;

/// The text of a notice.
#[derive(Clone, Debug)]
pub(super) struct Body {
    /// The element.
    pub(super) at: usize,
    /// For each element of the page, whether it is none of the text.
    pub(super) leave_out: Vec<bool>,
    /// Where the text stands.
    pub(super) span: Range<usize>,
    /// Its weight, in letters.
    pub(super) weight: usize,
    /// Whether a label names it.
    pub(super) is_labelled: bool,
}

/// What the text is judged by.
pub(super) struct Evidence<'e> {
    /// The page, flat.
    pub(super) outline: &'e Outline<'e>,
    /// What stands around the notice.
    pub(super) around: &'e [bool],
    /// What stands beside its text.
    pub(super) beside: &'e [bool],
    /// Labels and values.
    pub(super) facts: &'e [Fact],
    /// Places for files.
    pub(super) zones: &'e [Zone],
    /// The title's element.
    pub(super) title: Option<usize>,
    /// Where the metadata that was taken stands.
    pub(super) metadata: &'e [Range<usize>],
}

impl Evidence<'_> {
    /// The text; `None` where there is nothing to read or see.
    pub(super) fn judge(&self) -> Option<Body> {
        let blank = self.nothing();
        if let Some(at) = self.labelled(&blank) {
            return Some(self.body(at, 0..self.outline.length(), blank, true));
        }
        let header = self.header();
        self.behind(&header, &blank).or_else(|| {
            // Where nothing is behind the metadata, it stands in the text.
            let title = header.first().copied();
            self.behind(title.as_slice(), &blank)
        })
    }

    /// The text behind `header`.
    fn behind(&self, header: &[usize], blank: &[bool]) -> Option<Body> {
        let start = header
            .iter()
            .map(|at| self.outline.nodes[*at].span.end)
            .max()
            .unwrap_or(0);
        let mut leave_out = blank.to_vec();
        for at in header.iter().copied() {
            let end = self.outline.nodes[at].end;
            leave_out[at..end].fill(true);
        }
        let stop = self.stop(start, &leave_out);
        let range = start..stop;
        let weights = self.weights(&range, &leave_out);
        let at = self.smallest(&weights);
        (weights.of(at, self.outline) >= LEAST).then(|| self.body(at, range, leave_out, false))
    }

    fn body(&self, at: usize, range: Range<usize>, mut leave_out: Vec<bool>, is_labelled: bool) -> Body {
        for (inside, node) in self
            .outline
            .nodes
            .iter()
            .enumerate()
            .take(self.outline.nodes[at].end)
            .skip(at + 1)
        {
            leave_out[inside] |= node.span.end <= range.start && range.start > 0 || node.span.start >= range.end;
        }
        let span = &self.outline.nodes[at].span;
        Body {
            at,
            span: span.start.max(range.start)..span.end.min(range.end),
            weight: self.weights(&range, &leave_out).of(at, self.outline),
            leave_out,
            is_labelled,
        }
    }

    /// What is no text wherever it stands.
    fn nothing(&self) -> Vec<bool> {
        let mut nothing: Vec<bool> = self
            .around
            .iter()
            .zip(self.beside)
            .map(|(around, beside)| *around || *beside)
            .collect();
        for zone in self.zones {
            for (at, node) in self.outline.nodes.iter().enumerate().skip(zone.at.max(1)) {
                if node.span.start > zone.span.end {
                    break;
                }
                let inside = zone.span.start <= node.span.start + 2 && node.span.end <= zone.span.end + 2;
                nothing[at] |= inside
                    || at >= zone.at
                        && at < self.outline.nodes[zone.at].end
                        && zone.span.start <= self.outline.nodes[zone.at].span.start + 2;
            }
        }
        for at in 1..nothing.len() {
            let node = &self.outline.nodes[at];
            if matches!(node.tag.as_str(), "a" | "button" | "li")
                && (1..=20).contains(&node.letters)
                && words::ending(&self.outline.text(at)).is_some()
            {
                nothing[at..node.end].fill(true);
            }
        }
        nothing
    }

    /// The cell that a label calls the text.
    fn labelled(&self, nothing: &[bool]) -> Option<usize> {
        let nodes = &self.outline.nodes;
        let weights = self.weights(&(0..self.outline.length()), nothing);
        (1..nodes.len())
            .filter(|at| {
                matches!(nodes[*at].tag.as_str(), "th" | "dt" | "td")
                    && (1..=12).contains(&nodes[*at].letters)
                    && !nothing[*at]
            })
            .filter(|at| words::label(&self.outline.text(*at)) == Some(Label::Content))
            .filter_map(|at| {
                let mut cells = self.outline.children(nodes[at].parent).skip_while(|cell| *cell <= at);
                cells.next().or_else(|| {
                    // The text stands in a row of its own, below its label.
                    let row = nodes[at].parent;
                    let next = nodes[row].end;
                    (next < nodes.len() && nodes[next].tag == "tr")
                        .then(|| self.outline.children(next).next())
                        .flatten()
                })
            })
            .filter(|cell| matches!(nodes[*cell].tag.as_str(), "td" | "dd"))
            .max_by_key(|cell| weights.of(*cell, self.outline))
            .filter(|cell| weights.of(*cell, self.outline) >= LEAST)
    }

    /// The elements of title and metadata, up to where the text begins.
    fn header(&self) -> Vec<usize> {
        let Some(title) = self.title else { return Vec::new() };
        let mut header = vec![self.outline.widest(title)];
        let mut end = self.outline.nodes[title].span.end;
        let core = self.facts.iter().filter(|fact| {
            matches!(
                fact.label,
                Label::Published | Label::Date | Label::Updated | Label::Views | Label::Author | Label::Department
            )
        });
        // A file has a date and a count of its own.
        let of_file = |fact: &&Fact| {
            let zones = self.zones.iter();
            zones
                .map(|zone| &zone.span)
                .any(|span| span.start <= fact.value.start && fact.value.end <= span.end)
        };
        let core = core.filter(|fact| !of_file(fact));
        let mut places: Vec<Range<usize>> = self
            .metadata
            .iter()
            .cloned()
            .chain(core.map(|fact| fact.value.clone()))
            .collect();
        places.sort_by_key(|place| place.start);
        for place in places {
            let told = self.metadata.contains(&place);
            // A label in the text itself, such as who answers questions, is far from the title.
            let reach = if told { 500 } else { 160 };
            if place.start >= end && (self.plain(end..place.start) > reach || self.holds_paragraph(end..place.start)) {
                break;
            }
            let at = self.block(self.outline.around(&place), title);
            if self.outline.is_in(title, at) {
                continue;
            }
            header.push(at);
            end = end.max(self.outline.nodes[at].span.end);
        }
        header
    }

    /// Whether a paragraph of text lies in a range: what stands behind it is no header.
    fn holds_paragraph(&self, range: Range<usize>) -> bool {
        let nodes = self.outline.nodes.iter();
        nodes
            .filter(|node| range.start <= node.span.start && node.span.end <= range.end)
            .any(|node| node.tag == "p" && node.letters >= 40 && node.linked * 2 < node.letters)
    }

    /// Letters outside of links in a range.
    fn plain(&self, range: Range<usize>) -> usize {
        self.outline.line(range).chars().filter(|c| c.is_alphanumeric()).count()
    }

    /// The largest element around `at` that says nothing but facts of its kind.
    fn block(&self, at: usize, title: usize) -> usize {
        let mut block = at;
        for above in self.outline.above(at) {
            let node = &self.outline.nodes[above];
            let of_kind = |child: usize| {
                let inside = &self.outline.nodes[child];
                let has_fact = self.facts.iter().any(|fact| {
                    inside.span.start <= fact.value.start
                        && fact.value.end <= inside.span.end
                        && fact.label != Label::Content
                });
                let twin = inside.tag == self.outline.nodes[block].tag
                    && inside.letters <= 80
                    && (!matches!(inside.tag.as_str(), "div" | "p" | "section")
                        || inside.marks == self.outline.nodes[block].marks && !inside.marks.is_empty());
                let small = matches!(
                    inside.tag.as_str(),
                    "dt" | "dd"
                        | "th"
                        | "span"
                        | "em"
                        | "strong"
                        | "b"
                        | "i"
                        | "label"
                        | "a"
                        | "button"
                        | "time"
                        | "small"
                ) && inside.letters <= 40;
                child == block
                    || inside.letters == 0
                    || has_fact && inside.letters <= 300
                    || twin
                    || small
                    || self.beside[child]
            };
            let text_of_its_own =
                node.is_marked(&["content", "contents", "body", "article"]) && self.outline.children(above).count() < 2;
            if above == 0 || self.outline.is_in(title, above) || node.letters > 500 || node.own > 40 || text_of_its_own
            {
                break;
            }
            if !self.outline.children(above).all(of_kind) || self.holds_picture(above) {
                break;
            }
            block = above;
        }
        block
    }

    fn holds_picture(&self, at: usize) -> bool {
        self.outline.nodes[at..self.outline.nodes[at].end]
            .iter()
            .any(|inside| inside.picture)
    }

    /// Where the notice ends: at the first sign of its end that has text before it.
    fn stop(&self, start: usize, leave_out: &[bool]) -> usize {
        let nodes = &self.outline.nodes;
        let length = self.outline.length();
        let all = self.weights(&(start..length), leave_out);
        let mut weight = 0;
        for (at, node) in nodes.iter().enumerate().skip(1) {
            if node.span.start >= start {
                let helps =
                    || node.own > 0 && words::helps(&self.outline.text(at).chars().take(48).collect::<String>());
                if weight >= LEAST && self.says_end(at) || helps() {
                    return node.span.start;
                }
                // Behind a text stand its files; what comes after them is none of it.
                let zone = self.zones.iter().any(|zone| zone.at == at && zone.span.start >= start);
                let rest = all.behind(at);
                if zone && weight >= LEAST && weight * 2 >= rest {
                    return node.span.start;
                }
            }
            weight += all.own[at];
        }
        length
    }

    /// Whether an element says that the notice ends before it.
    fn says_end(&self, at: usize) -> bool {
        let node = &self.outline.nodes[at];
        if node.tag == "footer" && !node.holds_main && self.around[at] {
            return true;
        }
        if node.own == 0 || node.letters > 400 {
            return false;
        }
        let text: String = self.outline.text(at).chars().take(48).collect();
        if words::ending(&text) != Some(Ending::Last) {
            // "Next: Library closed on Tuesday"
            let before = text.split([':', '：']).next().unwrap_or_default();
            return before.len() < text.len() && node.linked > 0 && words::ending(before) == Some(Ending::Last);
        }
        let heading = matches!(
            node.tag.as_str(),
            "h2" | "h3" | "h4" | "h5" | "dt" | "th" | "button" | "a"
        );
        let parent = &self.outline.nodes[node.parent];
        heading
            || node.in_link
            || parent.linked > 0 && parent.letters < 200
            || parent.is_marked(words::BESIDE)
            || node.is_marked(words::BESIDE)
            || words::ends_for_sure(&text)
    }

    /// What each element weighs by itself, in `range`.
    fn weights(&self, range: &Range<usize>, leave_out: &[bool]) -> Weights {
        let own: Vec<usize> = self
            .outline
            .nodes
            .iter()
            .enumerate()
            .map(|(at, node)| {
                let inside = node.span.end > range.start && node.span.start < range.end;
                let picture = node.picture && node.span.start >= range.start;
                match () {
                    () if leave_out[at] || !inside && !picture => 0,
                    () if picture => PICTURE,
                    () if node.in_link || self.is_of_links(at) => node.own / 4,
                    () => node.own,
                }
            })
            .collect();
        let mut sums = vec![0];
        for own in &own {
            sums.push(sums.last().copied().unwrap_or(0) + own);
        }
        Weights { own, sums }
    }

    /// Whether an element, or what it is in, is mostly links: the dates in a list of other notices are no text either.
    fn is_of_links(&self, at: usize) -> bool {
        let mostly = |at: usize| {
            let node = &self.outline.nodes[at];
            node.linked * 2 > node.letters
                && matches!(
                    node.tag.as_str(),
                    "li" | "tr" | "td" | "dl" | "dd" | "dt" | "span" | "em" | "div" | "p"
                )
        };
        mostly(at) || mostly(self.outline.nodes[at].parent)
    }

    /// The smallest element that holds nearly all of the weight.
    fn smallest(&self, weights: &Weights) -> usize {
        let mut here = 0;
        while let Some(child) = self.inwards(here, weights) {
            here = child;
        }
        here
    }

    /// What is directly in `here` and holds nearly all of its weight; a good part is enough where the title is, too.
    fn inwards(&self, here: usize, weights: &Weights) -> Option<usize> {
        let weight = weights.of(here, self.outline);
        let holds = |child: usize, share: usize| {
            let part = weights.of(child, self.outline);
            part >= LEAST && part * 100 >= weight * share
        };
        let with_title = self
            .outline
            .children(here)
            .find(|child| self.title.is_some_and(|title| self.outline.is_in(title, *child)))
            .filter(|child| is_box(&self.outline.nodes[*child].tag) && holds(*child, 35));
        let heaviest = || {
            let children = self.outline.children(here);
            let child = children.max_by_key(|child| (weights.of(*child, self.outline), usize::MAX - child))?;
            let share = match (self.is_text(child), self.is_text(here)) {
                _ if !is_box(&self.outline.nodes[child].tag) => 100,
                (true, false) => 60,
                (true, true) => 80,
                (false, false) => 85,
                (false, true) => 95,
            };
            holds(child, share).then_some(child)
        };
        with_title.or_else(heaviest)
    }

    /// Whether an element's name says that it is the text.
    fn is_text(&self, at: usize) -> bool {
        let node = &self.outline.nodes[at];
        node.element.attr("itemprop").as_deref() == Some("articleBody") || node.is_marked(words::TEXT)
    }
}

/// Whether elements of this name hold texts, and are not a part of one.
fn is_box(tag: &str) -> bool {
    matches!(
        tag,
        "div" | "section" | "article" | "main" | "td" | "table" | "tbody" | "tr" | "form" | "dd" | "center" | "body"
    )
}

/// What the elements of a page weigh.
struct Weights {
    own: Vec<usize>,
    sums: Vec<usize>,
}

impl Weights {
    fn behind(&self, at: usize) -> usize {
        self.sums[self.own.len()] - self.sums[at]
    }

    fn of(&self, at: usize, outline: &Outline<'_>) -> usize {
        self.sums[outline.nodes[at].end] - self.sums[at]
    }
}
