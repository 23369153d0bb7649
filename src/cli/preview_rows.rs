//! `gazetted preview --rows`: each row as the selectors see it.

use std::io::{self, Write};

use anyhow::bail;

use super::terminal::Table;
use crate::source::{
    Draft, Kind, Page, Parsed, Source, believe,
    board::{self, Seen},
    json,
};

/// How much of a value is shown, in characters.
const SHOWN: usize = 120;

pub(super) fn print(source: &Source, page: &Page) -> anyhow::Result<()> {
    let rows = match &source.kind {
        Kind::Board(rules) => board::look(rules, page),
        Kind::Json(rules) => json::look(rules, page)?,
        Kind::Auto | Kind::Feed => bail!("--rows is for kind = \"board\" and \"json\": a feed has no selectors"),
    };
    let mut table = Table::new(["row", "key", "selector", "found"]);
    let mut earlier: Vec<(Option<String>, Option<String>)> = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        let verdict = verdict(source, page, row, &earlier);
        table.row([(nth + 1).to_string(), String::new(), String::new(), verdict]);
        for (key, selector, found) in &row.fields {
            let found = found.as_deref().map_or("-".to_owned(), |found| shortened(found, SHOWN));
            table.row([String::new(), (*key).to_owned(), shortened(selector, 40), found]);
        }
        let same = row
            .draft
            .as_ref()
            .map(|draft| (draft.title.clone(), draft.link.clone()));
        earlier.push(same.unwrap_or_default());
    }
    write!(io::stdout().lock(), "{table}")?;
    if rows.is_empty() {
        // The reader says what is there instead.
        source.parse(page)?;
    }
    Ok(())
}

/// What becomes of a row: a notice, or why it is none.
fn verdict(source: &Source, page: &Page, row: &Seen, earlier: &[(Option<String>, Option<String>)]) -> String {
    let Some(draft) = &row.draft else {
        return "left out: it is a heading, empty, or says that there is nothing".to_owned();
    };
    let twin = (draft.title.clone(), draft.link.clone());
    if let Some(at) = earlier.iter().position(|known| *known == twin && twin != (None, None)) {
        return format!("the same notice as row {}", at + 1);
    }
    let believed = believe(
        source,
        page,
        Parsed {
            drafts: vec![Draft::clone(draft)],
            ..Parsed::default()
        },
    );
    let odd = believed
        .doubts
        .first()
        .map(|doubt| format!(", odd: {} ({})", doubt.reason, doubt.text));
    match (believed.notices.first(), believed.set_aside.first()) {
        (Some(notice), _) => {
            let published = notice
                .published
                .map_or("no date".to_owned(), |published| published.to_string());
            let link = notice
                .link
                .as_ref()
                .map_or("no link".to_owned(), |link| link.to_string());
            format!("a notice: {published}, {link}{}", odd.unwrap_or_default())
        }
        (None, Some(aside)) => format!("set aside: {} ({})", aside.reason, shortened(&aside.text, 60)),
        (None, None) => "set aside".to_owned(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
