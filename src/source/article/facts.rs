//! What a page says of its notice in labels and values: table cells, definition lists, spans beside each other.
//!
//! Here they are only gathered; [`metadata`](super::metadata) judges which of them are the notice's.

use std::ops::Range;

use super::{
    outline::Outline,
    words::{self, Label},
};

/// Most letters of a label.
const MAX_LABEL: usize = 32;

/// Longest value, in bytes.
const MAX_VALUE: usize = 600;

/// Most labels of one page.
const MAX_FACTS: usize = 400;

/// A label and its value.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// What the label names.
    pub(super) label: Label,
    /// Where the value stands.
    pub(super) value: Range<usize>,
}

/// The facts of a page, in its order; none of what stands around the notice.
pub(super) fn gather(outline: &Outline<'_>, around: &[bool]) -> Vec<Fact> {
    let mut labels: Vec<(usize, Label)> = Vec::new();
    let mut at = 1;
    while at < outline.nodes.len() && labels.len() < MAX_FACTS {
        let node = &outline.nodes[at];
        let short = (1..=MAX_LABEL).contains(&node.letters) && node.span.len() < 400;
        let pictured = pictured_label(outline, at);
        if around[at] || !short && pictured.is_none() {
            at += 1;
            continue;
        }
        match pictured.or_else(|| words::label(&outline.text(at))) {
            Some(label) if !node.in_link || label == Label::Files => {
                labels.push((at, label));
                at = node.end;
            }
            _ => at += 1,
        }
    }
    let starts: Vec<usize> = labels.iter().map(|(at, _)| outline.nodes[*at].span.start).collect();
    let mut facts: Vec<Fact> = labels
        .iter()
        .enumerate()
        .filter_map(|(index, (at, label))| {
            let value = value(outline, *at, starts.get(index + 1).copied())?;
            (!outline.line(value.clone()).is_empty()).then_some(Fact { label: *label, value })
        })
        .collect();
    facts.extend(in_lines(outline, around, &labels));
    facts.extend(behind_icons(outline, around));
    facts.sort_by_key(|fact| fact.value.start);
    // A label in bold and its value are also a line with a colon.
    facts.dedup_by(|again, fact| again.label == fact.label && again.value.start < fact.value.end);
    facts
}

/// What a picture of a label names: old pages draw "제목" in a cell of its own.
pub(super) fn pictured_label(outline: &Outline<'_>, at: usize) -> Option<Label> {
    let node = &outline.nodes[at];
    let alone = node.tag == "img" && !node.in_link && outline.nodes[node.parent].letters == 0;
    let told = alone.then(|| node.element.attr("alt")).flatten()?;
    words::label(&told)
}

/// Values behind an icon that says what they are: a head, a calendar, an eye.
fn behind_icons(outline: &Outline<'_>, around: &[bool]) -> Vec<Fact> {
    let icons: Vec<(usize, Label)> = (1..outline.nodes.len())
        .filter(|at| !around[*at])
        .filter_map(|at| Some((at, icon(outline, at)?)))
        .take(MAX_FACTS)
        .collect();
    let starts = |nth: usize| icons.get(nth + 1).map(|(next, _)| outline.nodes[*next].span.start);
    let facts = icons.iter().enumerate().filter_map(|(nth, (at, label))| {
        let node = &outline.nodes[*at];
        let mut inside = outline.above(*at);
        // An icon may stand in an element of its own.
        let holder = inside.find(|above| outline.nodes[*above].letters > 0)?;
        let from = node.span.end;
        let end = outline.edge(outline.nodes[holder].span.end.min(from + 120));
        let to = starts(nth)
            .filter(|next| *next > from)
            .map_or(end, |next| next.min(end));
        let value = outline.rest_of_line(from, to);
        let short = outline.line(value.clone()).chars().count() <= 60;
        (!value.is_empty() && short).then_some(Fact { label: *label, value })
    });
    facts.collect()
}

/// What an element without a word is the icon of.
fn icon(outline: &Outline<'_>, at: usize) -> Option<Label> {
    let node = &outline.nodes[at];
    if node.letters > 0 || node.in_link || !matches!(node.tag.as_str(), "i" | "span" | "svg" | "em" | "img") {
        return None;
    }
    let shows = |words: &[&str]| node.is_marked(words);
    match () {
        () if shows(&["eye", "hit", "hits", "views"]) => Some(Label::Views),
        () if shows(&["calendar", "clock"]) => Some(Label::Date),
        () if shows(&["user", "person", "writer", "author"]) => Some(Label::Author),
        () => None,
    }
}

/// Where the value of the label `at` stands, before the `next` label.
fn value(outline: &Outline<'_>, at: usize, next: Option<usize>) -> Option<Range<usize>> {
    let widest = outline.widest(at);
    let node = &outline.nodes[widest];
    let parent = node.parent;
    if node.tag == "th" && is_head_row(outline, parent) {
        return below(outline, widest);
    }
    let from = node.span.end;
    let mut to = outline.edge(outline.nodes[parent].span.end.min(from + MAX_VALUE));
    if let Some(next) = next.filter(|next| *next > from) {
        to = to.min(next);
    }
    let value = outline.rest_of_line(from, to);
    (!value.is_empty()).then_some(value)
}

/// Whether all cells of a row are headings, so that the values stand below.
fn is_head_row(outline: &Outline<'_>, row: usize) -> bool {
    let mut cells = outline.children(row);
    outline.nodes[row].tag == "tr"
        && cells.all(|cell| outline.nodes[cell].tag == "th")
        && outline.children(row).count() > 1
}

/// The cell below a heading.
fn below(outline: &Outline<'_>, heading: usize) -> Option<Range<usize>> {
    let row = outline.nodes[heading].parent;
    let column = outline.children(row).position(|cell| cell == heading)?;
    let next = outline.nodes[row].end;
    let lists_links = |row: usize| (row..outline.nodes[row].end).any(|at| outline.nodes[at].tag == "a");
    let mut rows = (next..outline.nodes.len().min(next + 3)).filter(|at| outline.nodes[*at].tag == "tr");
    // Rows that lead elsewhere tell of other things, documents for the most part.
    let values = rows.next().filter(|row| !lists_links(*row))?;
    let cell = outline.children(values).nth(column)?;
    let cell = &outline.nodes[cell];
    (cell.tag == "td" && cell.letters > 0 && cell.span.len() <= MAX_VALUE).then(|| cell.span.clone())
}

/// Labels and values that stand in one text: "제 목 : 단수 안내", "담당부서 : 총무과 | 등록일 : 2020.11.10".
fn in_lines(outline: &Outline<'_>, around: &[bool], known: &[(usize, Label)]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (at, node) in outline.nodes.iter().enumerate().skip(1) {
        let is_short = node.own > 2 && node.span.len() < 1_000;
        let is_known = known.iter().any(|(label, _)| outline.is_in(at, *label));
        if around[at] || node.in_link || !is_short || is_known || facts.len() >= MAX_FACTS {
            continue;
        }
        facts.extend(in_runs(outline, node.span.clone()));
        for piece in pieces(outline.raw(node.span.clone())) {
            let text = &outline.raw(node.span.clone())[piece.clone()];
            let bare = text.trim_matches(['\u{2}', ' ', '\u{3000}', '【', '】', '[', ']', '(', ')']);
            if let Some((label, value)) = words::labelled(bare).filter(|(_, value)| !value.is_empty()) {
                let value = value.trim_start_matches(['\u{2}', ' ']);
                let start = node.span.start + piece.start + text.find(value).unwrap_or_default();
                facts.push(Fact {
                    label,
                    value: start..start + value.len(),
                });
            }
        }
    }
    facts
}

/// Labels that are plain text before an element with their value: "작성자 <b>총무과</b> 조회 <b>12</b>".
fn in_runs(outline: &Outline<'_>, span: Range<usize>) -> Vec<Fact> {
    let mut runs = Vec::new();
    let mut from = span.start;
    for run in outline.raw(span).split(['\u{2}', '\n', '\t', '|']).take(80) {
        if run.contains(char::is_alphanumeric) {
            runs.push(from..from + run.len());
        }
        from += run.len() + 1;
    }
    let pairs = runs.windows(2).filter(|pair| pair[1].len() <= 120);
    let labelled = pairs.filter_map(|pair| {
        let is_line = !outline.raw(pair[0].start..pair[1].start).contains(['\n', '\t', '|']);
        let label = words::label(outline.raw(pair[0].clone())).filter(|_| is_line)?;
        let is_value = words::label(outline.raw(pair[1].clone())).is_none();
        is_value.then(|| Fact {
            label,
            value: pair[1].clone(),
        })
    });
    labelled.collect()
}

/// Where a text can be cut into labels with their values: at marks, and before each word that is a label with a colon.
fn pieces(raw: &str) -> Vec<Range<usize>> {
    let mut cuts = vec![0];
    let mut word = 0;
    for (at, c) in raw.char_indices() {
        match c {
            '\n' | '\t' | '|' | '｜' | '】' | '／' | '\u{a0}' | '\u{3000}' => {
                cuts.push(at);
                cuts.push(at + c.len_utf8());
                word = at + c.len_utf8();
            }
            ':' | '：' if words::label(&raw[word..at]).is_some() => cuts.push(word),
            ' ' | '\u{2}' if !raw[at..].trim_start().starts_with([':', '：']) => word = at + 1,
            _ => {}
        }
    }
    cuts.push(raw.len());
    cuts.dedup();
    cuts.windows(2)
        .map(|pair| pair[0]..pair[1])
        .filter(|piece| !piece.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::Doc;

    #[track_caller]
    fn check(html: &str, expected: &[(Label, &str)]) {
        let doc = Doc::parse(html);
        let outline = Outline::of(&doc).expect("a page");
        let facts = gather(&outline, &vec![false; outline.nodes.len()]);
        let told: Vec<(Label, String)> = facts
            .into_iter()
            .map(|fact| (fact.label, outline.line(fact.value)))
            .collect();
        let expected: Vec<(Label, String)> = expected
            .iter()
            .map(|(label, value)| (*label, (*value).to_owned()))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn labels_and_values_are_told_in_many_ways() {
        let expected = [
            (Label::Author, "총무과"),
            (Label::Published, "2020.11.10"),
            (Label::Views, "12"),
        ];
        for html in [
            "<table><tr><th>작성자</th><td>총무과</td><th>작성일</th><td>2020.11.10</td><th>조회</th><td>12</td></tr></table>",
            "<table><tr><th>작성자<th>작성일<th>조회<tr><td>총무과<td>2020.11.10<td>12</table>",
            "<dl><dt><b>작성자</b></dt><dd>총무과</dd><dt>작성일</dt><dd>2020.11.10</dd><dt>조회</dt><dd>12</dd></dl>",
            "<p><span>작성자</span><span>총무과</span><span>작성일</span><span>2020.11.10</span><span>조회</span><span>12</span></p>",
            "<ul><li><strong>작성자 :</strong> 총무과<li><strong>작성일</strong> 2020.11.10<li><strong>조회</strong> 12</ul>",
            "<p>작성자 : 총무과 | 작성일 : 2020.11.10 | 조회 : 12</p>",
            "<p>작성자 : 총무과 작성일 : 2020.11.10 조회 : 12</p>",
            "<p>작성자：총무과　　작성일：2020.11.10　　조회：12</p>",
            "<p><span>작성자 : 총무과</span> <span>작성일 : 2020.11.10</span> <span>조회 : 12</span></p>",
            "<p>작성자 <b>총무과</b> 작성일 <b>2020.11.10</b> 조회 <b>12</b></p>",
            "<table><tr><td><img src=a.gif alt='작성자'><td>총무과<td><img src=b.gif alt='작성일'><td>2020.11.10<tr><td><img src=c.gif alt='조회'><td>12</table>",
        ] {
            check(html, &expected);
        }
    }

    #[test]
    fn icons_are_labels() {
        check(
            "<p><i class='fa fa-user'></i> 총무과 <i class='fa fa-clock-o'></i> 2020.11.10 <i class='fa fa-eye'></i> 12</p>",
            &[
                (Label::Author, "총무과"),
                (Label::Date, "2020.11.10"),
                (Label::Views, "12"),
            ],
        );
    }

    #[test]
    fn a_label_without_a_value_is_no_fact() {
        check(
            "<dl><dt>작성자</dt><dd></dd><dt>조회</dt><dd>12</dd></dl>",
            &[(Label::Views, "12")],
        );
    }
}
