//! The files that belong to a notice.
//!
//! A file's link stands in a place that a label or a class name calls one for files, or it says itself that it is one: by the
//! ending of its name or address, or by a word for downloading. Links in the middle of the text are part of the text.

use std::{ops::Range, sync::LazyLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

use super::{
    facts::pictured_label,
    outline::Outline,
    script::Scripts,
    words::{self, Label},
};
use crate::source::{DraftFile, believe::media_type, pick::arguments};

/// Most links in one place for files.
const MAX_LINKS: usize = 120;

/// Most places for files on one page.
const MAX_ZONES: usize = 40;

/// Most letters in one place for files.
const MAX_LETTERS: usize = 6_000;

/// A place for files.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    /// The element.
    pub(super) at: usize,
    /// Where in the text it begins and ends.
    pub(super) span: Range<usize>,
    /// Whether a label says so, and not a class name alone.
    labelled: bool,
}

/// A file and the element that links it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The file.
    pub(super) file: DraftFile,
    /// Its link.
    pub(super) at: usize,
}

/// What files are judged by.
pub(super) struct Evidence<'e> {
    /// The page, flat.
    pub(super) outline: &'e Outline<'e>,
    /// What stands around the notice.
    pub(super) around: &'e [bool],
    /// The page's scripts.
    pub(super) scripts: &'e Scripts,
    /// The page's host.
    pub(super) host: &'e str,
}

impl Evidence<'_> {
    /// The places for files, in the page's order; none lies in another.
    pub(super) fn zones(&self) -> Vec<Zone> {
        let mut zones: Vec<Zone> = Vec::new();
        let links = self.links();
        for at in 1..self.outline.nodes.len() {
            let node = &self.outline.nodes[at];
            if self.around[at] || zones.len() >= MAX_ZONES {
                continue;
            }
            let zone = if node.is_marked(words::FILES) && !node.in_link && node.letters < MAX_LETTERS {
                let inside = self.inside(&links, at);
                let is_zone =
                    inside.len() <= MAX_LINKS && !node.holds_main && inside.iter().any(|link| self.says_file(*link));
                is_zone.then(|| Zone {
                    at,
                    span: node.span.start..self.end_of(at),
                    labelled: false,
                })
            } else if (1..=40).contains(&node.letters)
                && node.linked == 0
                && words::label(&self.outline.text(at)) == Some(Label::Files)
                || pictured_label(self.outline, at) == Some(Label::Files)
            {
                self.labelled_zone(at, &links).or_else(|| self.zone_behind(at, &links))
            } else {
                None
            };
            if let Some(zone) = zone {
                match zones
                    .iter_mut()
                    .find(|known| self.outline.is_in(zone.at, known.at) || self.outline.is_in(known.at, zone.at))
                {
                    Some(known) => known.labelled |= zone.labelled && self.outline.is_in(zone.at, known.at),
                    None => zones.push(zone),
                }
            }
        }
        zones
    }

    /// The place that the label `at` names: the nearest element around it with a link behind the label.
    fn labelled_zone(&self, at: usize, links: &[usize]) -> Option<Zone> {
        let label = self.outline.widest(at);
        let start = self.outline.nodes[label].span.start;
        if !self.begins_line(start) {
            return None;
        }
        for above in self.outline.above(label).take(4) {
            let node = &self.outline.nodes[above];
            if node.letters > MAX_LETTERS || matches!(node.tag.as_str(), "body" | "html" | "main") {
                return None;
            }
            let all = self.inside(links, above);
            if all.len() > 2 * MAX_LINKS {
                return None;
            }
            let inside: Vec<usize> = all
                .iter()
                .copied()
                .filter(|link| self.outline.nodes[*link].span.start >= start)
                .collect();
            if inside.is_empty() {
                // A row of a table, or a term of a list, says all that its label is about.
                if matches!(node.tag.as_str(), "tr" | "dl" | "li") {
                    return None;
                }
                continue;
            }
            let end = self.end_of_label(label, above);
            let within = inside.iter().filter(|link| self.outline.nodes[**link].span.start < end);
            let within: Vec<usize> = within.copied().filter(|link| self.is_offered(*link)).collect();
            let (count, files) = (inside.len(), within.len());
            let linked: usize = within.iter().map(|link| self.outline.nodes[*link].letters).sum();
            let told = self
                .outline
                .line(start..end)
                .chars()
                .filter(|c| c.is_alphanumeric())
                .count();
            // In a place for files there is little to read; far out, most links are of something else.
            let is_list = told <= linked + 120 + 60 * files;
            return (files > 0 && count <= MAX_LINKS && files * 3 >= count && is_list).then(|| Zone {
                at: if start <= node.span.start + 2 || node.letters < 400 {
                    above
                } else {
                    label
                },
                span: start..end,
                labelled: true,
            });
        }
        None
    }

    /// The place that the label `at` is the heading of: the list right behind it, where text and files share one element.
    fn zone_behind(&self, at: usize, links: &[usize]) -> Option<Zone> {
        let nodes = &self.outline.nodes;
        let label = self.outline.widest(at);
        let list = nodes[label].end;
        let node = nodes.get(list).filter(|node| node.parent == nodes[label].parent)?;
        let inside = self.inside(links, list);
        let offered = inside.iter().filter(|link| self.says_file(**link)).count();
        let is_list = matches!(node.tag.as_str(), "ul" | "ol" | "table" | "dl") && node.letters < MAX_LETTERS;
        let start = nodes[label].span.start;
        (is_list && offered > 0 && inside.len() <= MAX_LINKS && offered * 2 >= inside.len() && self.begins_line(start))
            .then(|| Zone {
                at: label,
                span: start..self.end_of(list),
                labelled: true,
            })
    }

    /// Those of `links`, which are in the page's order, that are in an element.
    fn inside<'l>(&self, links: &'l [usize], at: usize) -> &'l [usize] {
        let from = links.partition_point(|link| *link < at);
        let to = links.partition_point(|link| *link < self.outline.nodes[at].end);
        &links[from..to.max(from)]
    }

    /// Whether nothing to read stands before `place` on its line.
    fn begins_line(&self, place: usize) -> bool {
        let raw = self.outline.raw(self.outline.edge(place.saturating_sub(80))..place);
        let before = raw.rsplit(['\n', '\t']).next().unwrap_or_default();
        !before.contains(char::is_alphanumeric)
    }

    /// Where what the `label` is about ends in `above`: at the next label of something else.
    fn end_of_label(&self, label: usize, above: usize) -> usize {
        let from = self.outline.nodes[label].end;
        let next = (from..self.outline.nodes[above].end).find(|at| {
            let node = &self.outline.nodes[*at];
            matches!(node.tag.as_str(), "th" | "dt")
                && (1..=32).contains(&node.letters)
                && words::label(&self.outline.text(*at))
                    .is_some_and(|label| !matches!(label, Label::Files | Label::Other | Label::Title))
        });
        let end = self.end_of(above);
        next.map_or(end, |next| self.outline.nodes[next].span.start.min(end))
    }

    /// Where a place for files ends: where it begins to speak of the programs that open them, at the latest.
    fn end_of(&self, zone: usize) -> usize {
        let inside = zone + 1..self.outline.nodes[zone].end;
        let helps = inside.into_iter().find(|at| {
            let node = &self.outline.nodes[*at];
            node.own > 0 && node.letters < 400 && words::helps(&self.outline.text(*at))
        });
        helps.map_or(self.outline.nodes[zone].span.end, |at| {
            self.outline.nodes[at].span.start
        })
    }

    /// The files: those in `zones`, and those outside the `body` that say themselves what they are.
    pub(super) fn judge(
        &self,
        zones: &[Zone],
        body: Option<&Range<usize>>,
        title: Option<&Range<usize>>,
    ) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let links = self.links();
        for (index, at) in links.iter().copied().enumerate() {
            let span = &self.outline.nodes[at].span;
            let zone = zones
                .iter()
                .find(|zone| zone.span.start <= span.start && span.end <= zone.span.end);
            if zone.is_none() && zones.iter().any(|zone| self.outline.is_in(at, zone.at)) {
                continue;
            }
            let in_body = body.is_some_and(|body| body.start <= span.start && span.end <= body.end);
            let behind_title = title.is_none_or(|title| span.start + 200 >= title.start);
            let is_file = match zone {
                Some(zone) if zone.labelled => self.is_offered(at),
                Some(_) => self.says_file(at),
                None => {
                    let loose = !in_body && behind_title && self.says_file(at) && self.stands_alone(at);
                    // What is offered for download is no part of the text, wherever it stands.
                    let offered = behind_title && self.outline.nodes[at].element.attr("download").is_some();
                    // Boards without a place for files list them under the text.
                    let last = || in_body && self.is_last(at, body) && self.says_file(at);
                    loose
                        || self.stands_alone(at) && (offered || last())
                        || self.follows_label(at)
                        || self.has_viewer(at, links.get(index + 1))
                        || self.follows_file(at, found.last())
                }
            };
            if is_file && !self.offers_view(at) {
                self.add(&mut found, at, zone);
            }
        }
        found
    }

    fn add(&self, found: &mut Vec<Found>, at: usize, zone: Option<&Zone>) {
        let name = self.name(at, zone);
        let kind = name.as_deref().and_then(|name| media_type(&bare_name(name)));
        let address = self.address(at);
        let same = |known: &&mut Found| match &address {
            Some(address) => known.file.url == *address,
            None => known.file.name == name,
        };
        if let Some(known) = found.iter_mut().find(same) {
            // An icon and a name beside it, both linked.
            if known
                .file
                .name
                .as_deref()
                .is_none_or(|known| media_type(known).is_none())
                && name.is_some()
            {
                known.file.name = name
                    .filter(|name| !words::says_only_file(name))
                    .or(known.file.name.take());
            }
            return;
        }
        // A preview beside the file has the same name.
        if name.is_some() && found.iter().any(|known| known.file.name == name && kind.is_some()) {
            return;
        }
        let file = match address {
            Some(url) => DraftFile {
                media_type: kind
                    .filter(|_| name.as_deref().and_then(media_type).is_none())
                    .map(str::to_owned),
                name,
                url,
                ..DraftFile::default()
            },
            // Only a script knows the address: then the page itself is where the file is to be had, by the words that stand
            // there, with the size that may belong to them.
            None => {
                let Some(name) = name else { return };
                let shown = self.outline.text(at);
                let told = if is_sized(&shown, &name) { shown } else { name };
                DraftFile {
                    url: format!("#:~:text={}", utf8_percent_encode(&told, NON_ALPHANUMERIC)),
                    name: Some(told),
                    media_type: Some("text/html".to_owned()),
                    ..DraftFile::default()
                }
            }
        };
        found.push(Found { file, at });
    }

    /// The links, buttons and whatever else can be clicked; none lies in another.
    fn links(&self) -> Vec<usize> {
        let mut links = Vec::new();
        let mut at = 1;
        while at < self.outline.nodes.len() {
            let node = &self.outline.nodes[at];
            let link = node.tag == "a"
                && (node.element.attr("href").is_some()
                    || node.element.attr("onclick").is_some()
                    || data_address(node.element).is_some())
                || matches!(node.tag.as_str(), "button" | "span" | "li" | "img" | "input" | "p")
                    && node
                        .element
                        .attr("onclick")
                        .is_some_and(|script| arguments(&script).is_some())
                || node.tag == "button" && data_address(node.element).is_some();
            if link && !self.around[at] {
                links.push(at);
                at = node.end.max(at + 1);
            } else {
                at += 1;
            }
        }
        links
    }

    /// Whether a link says itself that it is of a file.
    fn says_file(&self, at: usize) -> bool {
        static WORD: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)down_?load|file_?down|down_?file|filedn|down\.(?:do|jsp|php|asp|action)|get_?file|atch_?file|attach|file_?id|/files?/\d|/file\.|bf_idx|file_?seq|file_?no\b|file_?sn\b|view_?file|openfile|filenet")
                .expect("a valid pattern")
        });
        let node = &self.outline.nodes[at];
        let target = self.target(at);
        let names = self.names(at);
        let is_document = |name: &String| {
            media_type(name).is_some_and(|kind| !matches!(kind, "text/html" | "application/xml" | "application/json"))
        };
        node.element.attr("download").is_some()
            || names.iter().any(is_document)
            || WORD.is_match(&target) && self.is_own(&target)
            || is_document(&path_of(&target))
    }

    /// Whether a link in a place for files is one of a file: it leads somewhere and not to the list or the like.
    fn is_offered(&self, at: usize) -> bool {
        if self.offers_view(at) {
            return false;
        }
        if self.says_file(at) {
            return true;
        }
        let target = self.target(at);
        let text = self.outline.text(at);
        let elsewhere = !self.is_own(&target)
            || ["mailto:", "tel:"].iter().any(|scheme| target.starts_with(scheme))
            || words::ending(&text).is_some();
        let named = self.name(at, None).is_some();
        let list = ["list", "search", "tag", "category", "login"]
            .iter()
            .any(|word| target.to_ascii_lowercase().contains(word));
        !elsewhere && named && !list
    }

    /// Whether an address is not of another site: the programs that open files are to be had there.
    fn is_own(&self, target: &str) -> bool {
        let bare = target.trim_start();
        let rest = bare
            .split_once("//")
            .filter(|(scheme, _)| matches!(*scheme, "http:" | "https:" | ""));
        let Some((_, rest)) = rest else { return true };
        let host = rest
            .split(['/', '?', '#', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let bare = |host: &str| host.trim_start_matches("www.").to_owned();
        let (host, own) = (bare(&host), bare(self.host));
        // A file server of the same town or ministry shares the end of the name.
        let end = |host: &str| host.rsplit('.').take(3).map(str::to_owned).collect::<Vec<_>>();
        host == own
            || end(&host) == end(&own)
            || host.ends_with(&format!(".{own}"))
            || own.ends_with(&format!(".{host}"))
    }

    fn offers_view(&self, at: usize) -> bool {
        let node = &self.outline.nodes[at];
        let texts = [
            Some(self.outline.text(at)),
            node.element.attr("title"),
            node.element.attr("alt"),
            node.element.attr("value"),
        ];
        texts.into_iter().flatten().any(|text| {
            let bare: String = text
                .chars()
                .rev()
                .take(12)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            words::offers_a_view(&text) && media_type(&text).is_none() || words::offers_a_view(&bare)
        })
    }

    /// Whether the text right before a link on its line is a label for files: "附件：【notice.doc】".
    fn follows_label(&self, at: usize) -> bool {
        let start = self.outline.nodes[at].span.start;
        let raw = self.outline.raw(self.outline.edge(start.saturating_sub(120))..start);
        let before = raw.rsplit(['\n', '\t']).next().unwrap_or_default();
        let before: String = before.chars().filter(|c| *c != '\u{2}').collect();
        words::label(&before) == Some(Label::Files)
            && self.name(at, None).is_some_and(|name| media_type(&name).is_some())
    }

    /// Whether a link of a file stands right behind another.
    fn follows_file(&self, at: usize, before: Option<&Found>) -> bool {
        let Some(before) = before else { return false };
        let (end, start) = (
            self.outline.nodes[before.at].span.end,
            self.outline.nodes[at].span.start,
        );
        let nodes = &self.outline.nodes;
        let (one, other) = (nodes[before.at].parent, nodes[at].parent);
        // Farther away it is not the next in a list.
        if end > start || start - end > 40 || !self.says_file(at) {
            return false;
        }
        let between = self.outline.raw(end..start);
        let same_row = one == other && !between.contains(char::is_alphanumeric);
        // "1. form.doc" and "2. list.xls", each in a paragraph of its own.
        let is_number =
            between.chars().filter(char::is_ascii_digit).count() <= 2 && !between.contains(char::is_alphabetic);
        let next_row = nodes[one].parent == nodes[other].parent && nodes[one].tag == nodes[other].tag;
        let is_row = nodes[other].letters <= nodes[other].linked + 8;
        same_row || next_row && is_row && is_number
    }

    /// Whether what can be clicked next offers to look at the file that a link is of.
    fn has_viewer(&self, at: usize, next: Option<&usize>) -> bool {
        let end = self.outline.nodes[at].span.end;
        let near = |next: &&usize| (end..end + 80).contains(&self.outline.nodes[**next].span.start);
        self.says_file(at) && next.filter(near).is_some_and(|next| self.offers_view(*next))
    }

    /// Whether a link is most of what stands on its line.
    fn stands_alone(&self, at: usize) -> bool {
        let node = &self.outline.nodes[at];
        let block = self.outline.above(at).find(|above| {
            matches!(
                self.outline.nodes[*above].tag.as_str(),
                "li" | "p" | "div" | "td" | "th" | "dd" | "ul" | "tr"
            )
        });
        let whole = block.map_or(node.letters, |block| self.outline.nodes[block].letters);
        node.letters * 2 + 20 >= whole || self.is_line(at)
    }

    /// Whether a link is a line of its own, between blocks.
    fn is_line(&self, at: usize) -> bool {
        let span = &self.outline.nodes[at].span;
        let near = self.outline.edge(span.start.saturating_sub(200))..self.outline.edge(span.end + 200);
        let lines = self.outline.lines(near);
        let line = lines
            .into_iter()
            .find(|line| line.start <= span.start && span.end <= line.end);
        line.is_some_and(|line| self.outline.line(line) == self.outline.text(at))
    }

    /// Whether nothing but names of files follows a link in the text.
    fn is_last(&self, at: usize, body: Option<&Range<usize>>) -> bool {
        let Some(body) = body else { return false };
        let nodes = &self.outline.nodes;
        let named = self.name(at, None).is_some_and(|name| media_type(&name).is_some());
        let behind = nodes[at].end..nodes.len();
        let behind = behind.take(200).take_while(|other| nodes[*other].span.start < body.end);
        let words: usize = behind
            .filter(|other| !nodes[*other].in_link)
            .map(|other| nodes[other].own)
            .sum();
        named && words <= 30
    }

    /// All that a link says of where it leads.
    fn target(&self, at: usize) -> String {
        let element = self.outline.nodes[at].element;
        let href = element.attr("href").unwrap_or_default();
        match leads_nowhere(&href) {
            true => {
                href + " "
                    + &element.attr("onclick").unwrap_or_default()
                    + " "
                    + &data_address(element).unwrap_or_default()
            }
            false => href,
        }
    }

    fn address(&self, at: usize) -> Option<String> {
        let element = self.outline.nodes[at].element;
        let href = element.attr("href").map(|href| href.trim().to_owned());
        if let Some(href) = href.as_ref().filter(|href| !leads_nowhere(href)) {
            return Some(href.clone());
        }
        let scripts = [href, element.attr("onclick")];
        scripts
            .iter()
            .flatten()
            .find_map(|script| self.scripts.address(script))
            .or_else(|| data_address(element))
    }

    /// What a link and the pictures in it say, the likeliest name first.
    fn names(&self, at: usize) -> Vec<String> {
        let node = &self.outline.nodes[at];
        let attr = |name| node.element.attr(name);
        let pictures = self.outline.nodes[at..node.end]
            .iter()
            .filter_map(|inside| inside.element.attr("alt"));
        [
            Some(self.outline.text(at)),
            attr("download"),
            attr("title"),
            attr("data-filename"),
            attr("data-file-name"),
            attr("aria-label"),
            attr("value"),
        ]
        .into_iter()
        .flatten()
        .chain(pictures)
        .map(|name| bare_name(&name))
        .filter(|name| !name.is_empty() && name.chars().count() <= 300)
        .collect()
    }

    /// The name of the file that a link leads to: as the link says it, else as its row does.
    fn name(&self, at: usize, zone: Option<&Zone>) -> Option<String> {
        let names = self.names(at);
        let own = names
            .iter()
            .find(|name| media_type(name).is_some())
            .or_else(|| names.iter().find(|name| !words::says_only_file(name)));
        if let Some(own) = own {
            return Some(own.clone());
        }
        let top = zone.map_or(0, |zone| zone.at);
        let rows = self.outline.above(at).take_while(|above| *above > top).take(4);
        rows.filter(|row| self.outline.nodes[*row].letters < 300)
            .find_map(|row| {
                let raw = self.outline.raw(self.outline.nodes[row].span.clone());
                let pieces: Vec<String> = raw
                    .split(['\n', '\t', '\u{2}'])
                    .map(bare_name)
                    .filter(|piece| is_name(piece))
                    .collect();
                let named = pieces.iter().find(|piece| media_type(piece).is_some());
                named.or_else(|| pieces.first()).cloned()
            })
    }
}

/// Whether a piece of a row can be a file's name, and not its number, size, kind or count.
fn is_name(piece: &str) -> bool {
    let letters = piece.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2
        && !words::says_only_file(piece)
        && words::label(piece).is_none()
        && !is_count(piece)
        && !crate::source::dates::looks_like_date(piece)
}

fn is_count(piece: &str) -> bool {
    static COUNT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\D{0,12}\d[\d.,]*\s*(?:[kmg]?i?b(?:ytes?)?|회|건|次|回|hits?|downloads?)?\W*$")
            .expect("a valid pattern")
    });
    COUNT.is_match(piece)
}

/// A name without white space, offers to download, and a size behind it.
fn bare_name(name: &str) -> String {
    static SIZE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\s*[\[(（]?\s*(?:(?:pdf|word|excel|docx?|xlsx?|pptx?|zip|hwpx?)?\s*(?:ファイル|形式|file)?\s*[:：,、，/／]?\s*)?(?:size\s*[:：]?\s*|용량\s*[:：]?\s*)?\d[\d.,]*\s*[kmg]?i?b(?:ytes?)?\s*[\])）]?\s*$",
        )
        .expect("a valid pattern")
    });
    let line: String = name.chars().filter(|c| *c != '\u{2}').collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words::without_offer(&line);
    SIZE.replace(line, "").trim().to_owned()
}

/// Whether `shown` is a file's name with no more than its size behind it.
fn is_sized(shown: &str, name: &str) -> bool {
    shown.starts_with(name) && bare_name(shown) == name
}

/// The path of an address, without what follows it.
fn path_of(target: &str) -> String {
    target.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Whether an `href` is a script, or only says "here".
fn leads_nowhere(href: &str) -> bool {
    let bare = href.trim();
    bare.is_empty()
        || bare.starts_with('#')
        || bare
            .get(..11)
            .is_some_and(|start| start.eq_ignore_ascii_case("javascript:"))
}

/// An address in a data attribute: `data-url="/down.do?id=1"`.
fn data_address(element: crate::source::dom::Element<'_>) -> Option<String> {
    [
        "data-href",
        "data-url",
        "data-link",
        "data-download",
        "data-file-url",
        "data-src",
        "data-path",
    ]
    .iter()
    .filter_map(|name| element.attr(name))
    .find(|value| value.contains('/') && !value.contains(char::is_whitespace) && !value.starts_with("data:"))
}
