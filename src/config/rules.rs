//! `[source.board]`, `[source.json]` and `[source.article]`: where on a page its notices stand.
//!
//! Where the source is of a family that is known, single keys go before the family's.

use super::{
    fields::{Holds, PATTERN, field, required_field},
    section::Section,
    value,
};
use crate::source::{
    article, board,
    dom::Css,
    json,
    pick::{Field, Pattern, Template},
};

const ROW: &str = "a CSS selector such as \"table.board > tbody > tr\"";
const TEMPLATE: &str = "an address with gaps such as \"/view.do?no={1}\"";
const PATH: &str = "a name such as \"title\", or a JSONPath such as \"$.items[*]\"";

/// `[source.board]`; dates are in `language`, and what it doesn't say is as the family has it, where there is one.
pub(super) fn board(
    section: &Section<'_>,
    family: Option<&board::Rules>,
    language: Option<&str>,
) -> Option<board::Rules> {
    let rules = board_rules(section, family, language);
    section.end();
    rules
}

/// Every key is read before the first `?`, so that all mistakes are told.
fn board_rules(section: &Section<'_>, family: Option<&board::Rules>, language: Option<&str>) -> Option<board::Rules> {
    let row = match family {
        None => section.require("row", ROW, value::parsed::<Css>),
        Some(family) => section
            .read("row", ROW, value::parsed::<Css>)
            .or_else(|| Some(family.row.clone())),
    };
    let title = match family {
        None => required_field(section, "title", Holds::Text),
        Some(family) => field(section, "title", Holds::Text).or_else(|| Some(family.title.clone())),
    };
    // Whether a row runs on is said of the row that the family selects.
    let runs_on = family.is_some_and(|family| family.runs_on && !section.has("row"));
    type Of<T> = fn(&board::Rules) -> &Option<T>;
    let any = |key, holds, of: Of<Field>| field(section, key, holds).or_else(|| of(family?).clone());
    let text = |key, of| any(key, Holds::Text, of);
    let pattern = |key, of: Of<Pattern>| {
        let written = section.read(key, PATTERN, value::parsed::<Pattern>);
        written.or_else(|| of(family?).clone())
    };
    let template = |key, of: Of<Template>| {
        let written = section.read(key, TEMPLATE, value::parsed::<Template>);
        written.or_else(|| of(family?).clone())
    };
    let css = |key, of: Of<Css>| {
        let written = section.read(key, "a CSS selector such as \"span.new\"", value::parsed::<Css>);
        written.or_else(|| of(family?).clone())
    };
    let next = field(section, "next", Holds::Text);
    let paging = Paging::read(section, &Onwards::of(family));
    // Of two ways to the next page the one that is written counts.
    let inherited = || family?.next.clone().filter(|_| !section.has("page_parameter"));
    let next = next.or_else(inherited);
    Some(board::Rules {
        runs_on: section.read("runs_on", "true or false", value::flag).unwrap_or(runs_on),
        title_without: css("title_without", |f| &f.title_without),
        title_pattern: pattern("title_pattern", |f| &f.title_pattern),
        date_above: css("date_above", |f| &f.date_above),
        link: text("link", |f| &f.link),
        link_pattern: pattern("link_pattern", |f| &f.link_pattern),
        link_template: template("link_template", |f| &f.link_template),
        id: text("id", |f| &f.id),
        date: any("date", Holds::Date(language), |f| &f.date),
        updated: any("updated", Holds::Date(language), |f| &f.updated),
        author: text("author", |f| &f.author),
        views: text("views", |f| &f.views),
        category: text("category", |f| &f.category),
        summary: text("summary", |f| &f.summary),
        content: text("content", |f| &f.content),
        attachments: any("attachments", Holds::Each, |f| &f.attachments),
        attachment_pattern: pattern("attachment_pattern", |f| &f.attachment_pattern),
        attachment_template: template("attachment_template", |f| &f.attachment_template),
        pinned: text("pinned", |f| &f.pinned),
        next,
        page_parameter: paging.parameter,
        page_step: paging.step,
        pages: paging.pages,
        row: row?,
        title: title?,
    })
}

/// `[source.json]`
pub(super) fn json(section: &Section<'_>) -> Option<json::Rules> {
    let rules = json_rules(section);
    section.end();
    rules
}

fn json_rules(section: &Section<'_>) -> Option<json::Rules> {
    let items = section.require("items", PATH, value::parsed::<json::Path>);
    let title = section.require("title", PATH, value::parsed::<json::Path>);
    let path = |key| section.read(key, PATH, value::parsed::<json::Path>);
    let paging = Paging::read(section, &Onwards::default());
    Some(json::Rules {
        script: section.read(
            "script",
            "a CSS selector such as \"script#__NEXT_DATA__\"",
            value::parsed::<Css>,
        ),
        link: section.read(
            "link",
            "a JSONPath, or an address with gaps such as \"/view/{id}\"",
            value::parsed::<json::Link>,
        ),
        id: path("id"),
        date: path("date"),
        updated: path("updated"),
        author: path("author"),
        views: path("views"),
        category: path("category"),
        summary: path("summary"),
        content: path("content"),
        attachments: path("attachments"),
        pinned: path("pinned"),
        page_parameter: paging.parameter,
        page_step: paging.step,
        pages: paging.pages,
        items: items?,
        title: title?,
    })
}

/// `[source.article]`; dates are in `language`, and what it doesn't say is as the family has it, where there is one.
pub(super) fn article(
    section: &Section<'_>,
    family: Option<&article::Rules>,
    language: Option<&str>,
) -> article::Rules {
    type Of<T> = fn(&article::Rules) -> &Option<T>;
    let any = |key, holds, of: Of<Field>| field(section, key, holds).or_else(|| of(family?).clone());
    let text = |key, of| any(key, Holds::Text, of);
    let rules = article::Rules {
        content: text("content", |f| &f.content),
        title: text("title", |f| &f.title),
        date: any("date", Holds::Date(language), |f| &f.date),
        updated: any("updated", Holds::Date(language), |f| &f.updated),
        views: text("views", |f| &f.views),
        author: text("author", |f| &f.author),
        category: text("category", |f| &f.category),
        attachments: any("attachments", Holds::Each, |f| &f.attachments),
        attachment_pattern: section
            .read("attachment_pattern", PATTERN, value::parsed::<Pattern>)
            .or_else(|| family?.attachment_pattern.clone()),
        attachment_template: section
            .read("attachment_template", TEMPLATE, value::parsed::<Template>)
            .or_else(|| family?.attachment_template.clone()),
    };
    section.end();
    rules
}

/// Most pages of a list that are read in one poll.
const MAX_PAGES: usize = 50;

/// Where the lists of a family go on.
#[derive(Default)]
struct Onwards {
    by_link: bool,
    parameter: Option<String>,
    step: Option<u64>,
    pages: Option<usize>,
}

impl Onwards {
    fn of(family: Option<&board::Rules>) -> Self {
        family.map_or_else(Self::default, |family| Self {
            by_link: family.next.is_some(),
            parameter: family.page_parameter.clone(),
            step: family.page_step,
            pages: family.pages,
        })
    }
}

/// The keys that say where a list goes on.
struct Paging {
    parameter: Option<String>,
    step: Option<u64>,
    pages: Option<usize>,
}

impl Paging {
    /// What isn't written is as `family` has it, unless it goes on in the other way.
    fn read(section: &Section<'_>, family: &Onwards) -> Self {
        let (by_link, by_number) = (section.has("next"), section.has("page_parameter"));
        let parameter = section.read("page_parameter", "the name of a parameter such as \"pageIndex\"", |v| {
            let name = value::line(v)?;
            match name.contains(['&', '=', '#', '?']) {
                true => Err(format!("{name:?} is no name of one parameter")),
                false => Ok(name),
            }
        });
        let step = section.read(
            "page_step",
            "a number from 1, such as 10 where entries are counted",
            |v| value::positive(v).map(|step| step as u64),
        );
        let pages = section.read(
            "pages",
            &format!("a number from 1 to {MAX_PAGES}"),
            |v| match value::positive(v)? {
                n if n <= MAX_PAGES => Ok(n),
                _ => Err("these are too many pages for one poll".to_owned()),
            },
        );
        let family_counts = !by_link && family.parameter.is_some();
        let wrong = [
            (
                "page_parameter",
                by_link && by_number,
                "next leads to the next page already",
                "one of the two",
            ),
            (
                "page_step",
                step.is_some() && !by_number && !family_counts,
                "there is no page_parameter that grows by it",
                "page_parameter beside it",
            ),
            (
                "pages",
                pages.is_some_and(|pages| pages > 1) && !by_link && !by_number && !family.by_link && !family_counts,
                "nothing says where the next page is",
                "next = \"a.next @href\" or page_parameter = \"pageIndex\" beside it",
            ),
        ];
        for (key, _, what, allowed) in wrong.into_iter().filter(|(_, is_wrong, ..)| *is_wrong) {
            if let Some(found) = section.get(key) {
                section.mistake(&found, what, allowed);
            }
        }
        let inherits = family_counts && !by_number;
        Self {
            parameter: parameter.or_else(|| family.parameter.clone().filter(|_| inherits)),
            step: step.or(family.step.filter(|_| inherits)),
            pages: pages.or(family.pages).filter(|pages| *pages > 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::{super::section::Mistakes, *};

    fn board_of(text: &str, family: Option<&board::Rules>) -> Result<board::Rules, Vec<String>> {
        let mistakes = Mistakes::default();
        let table = DeTable::parse(text).expect("TOML");
        let rules = board(&Section::root(&table, &mistakes), family, None);
        let problems: Vec<String> = mistakes.into_inner().into_iter().map(|problem| problem.what).collect();
        rules.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// How a board of a family goes on: its link, its parameter and step, its pages.
    #[track_caller]
    fn check(family: &str, own: &str, expected: (Option<&str>, Option<&str>, Option<u64>, Option<usize>)) {
        let family = board_of(&format!("row = 'tr'\ntitle = 'a'\n{family}"), None).expect("a family");
        let rules = board_of(own, Some(&family)).expect("rules");
        let next = rules.next.as_ref().map(ToString::to_string);
        let told = (
            next.as_deref(),
            rules.page_parameter.as_deref(),
            rules.page_step,
            rules.pages,
        );
        assert_eq!(told, expected, "{own}");
    }

    #[test]
    fn of_two_ways_to_the_next_page_the_one_that_is_written_counts() {
        let by_link = "next = 'a.next @href'\npages = 2";
        check(by_link, "", (Some("a.next @href"), None, None, Some(2)));
        check(by_link, "pages = 5", (Some("a.next @href"), None, None, Some(5)));
        check(by_link, "pages = 1", (Some("a.next @href"), None, None, None));
        check(by_link, "page_parameter = 'p'", (None, Some("p"), None, Some(2)));
        let by_number = "page_parameter = 'from'\npage_step = 10\npages = 2";
        check(by_number, "page_step = 20", (None, Some("from"), Some(20), Some(2)));
        check(by_number, "page_parameter = 'p'", (None, Some("p"), None, Some(2)));
        check(by_number, "next = '.n @href'", (Some(".n @href"), None, None, Some(2)));
    }

    #[test]
    fn a_row_that_is_written_runs_on_only_where_that_is_written_too() {
        let family = board_of("row = 'dt'\ntitle = 'a'\nruns_on = true", None).expect("a family");
        for (own, runs_on) in [("", true), ("row = 'li'", false), ("row = 'h3'\nruns_on = true", true)] {
            assert_eq!(board_of(own, Some(&family)).expect("rules").runs_on, runs_on, "{own}");
        }
    }

    #[test]
    fn a_way_on_that_is_none_is_a_mistake() {
        let family = board_of("row = 'tr'\ntitle = 'a'\npage_parameter = 'p'", None).expect("a family");
        for own in ["next = '.n'\npage_step = 2", "next = '.n'\npage_parameter = 'p'"] {
            assert!(board_of(own, Some(&family)).is_err(), "{own}");
        }
        assert!(board_of("row = 'tr'\ntitle = 'a'\npages = 2", None).is_err());
    }
}
