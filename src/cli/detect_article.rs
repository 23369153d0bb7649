//! `gazetted detect --article` and `--deep`: one notice's own page, read without any configuration.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{
    ask,
    terminal::{Table, say},
};
use crate::{
    config,
    notice::Notice,
    source::{
        Believed, Draft, Kind, Page, Parsed, Source, SourceMeta, Unreadable, article, believe,
        board::decoded,
        detect::{self, Guess},
        dom::Doc,
        preview::Preview,
    },
};

/// Reads `page` and prints what it says, and the `[source.article]` table for pages of its kind.
pub(super) async fn detect(page: Page, json: bool) -> anyhow::Result<()> {
    // Trees stay on one thread, and parsing is no work for those that wait for sockets.
    let answer = tokio::task::spawn_blocking(move || read(&page)).await??;
    if json {
        say(serde_json::to_string_pretty(&answer.json()?)?)?;
    } else {
        say(answer.toml.trim_end())?;
        answer.show();
    }
    Ok(())
}

/// Completes the first notice of `guess` that has a page of its own from that page, and adds to the source how such pages are
/// read; which notice it is. `None` where its list says all, or its page can't be read, which is noted.
pub(super) async fn follow(answer: &ask::Answer, guess: &mut Guess) -> Option<usize> {
    let notices = &guess.believed.notices;
    let has_page = |notice: &&Notice| notice.link.as_ref().is_some_and(|link| *link != answer.page.url);
    let first = notices.iter().find(|notice| has_page(notice) && !notice.pinned);
    let first = first.or_else(|| notices.iter().find(has_page))?;
    if first.content.is_some() && matches!(guess.source.kind, Kind::Feed) {
        return None;
    }
    let (id, link) = (first.id, first.link.clone()?);
    // Without rules of the page's family, what a page says is worked out.
    let source = Source {
        article: Some(guess.source.article.clone().unwrap_or_default()),
        ..guess.source.clone()
    };
    let complete = match answer.linked(&link).await {
        Ok(page) => source.complete(first.clone(), &page).map_err(|why| why.to_string()),
        Err(error) => Err(format!("{error:#}")),
    };
    match complete {
        Ok(complete) => {
            guess.source.article = source.article;
            let nth = guess.believed.notices.iter().position(|notice| notice.id == id)?;
            guess.believed.notices[nth] = complete;
            Some(nth)
        }
        Err(why) => {
            guess
                .notes
                .push(format!("the page of the first notice can't be read: {why}"));
            None
        }
    }
}

/// Prints what the page of `notice` says to stderr.
pub(super) fn show(notice: &Notice) {
    let mut table = Table::new(["", ""]);
    let published = notice.published.map(|published| published.to_string());
    let views = notice.views.map(|views| views.to_string());
    let rows = [
        ("title", Some(notice.title.clone())),
        ("published", published),
        ("author", notice.author.clone()),
        ("views", views),
    ];
    for (name, value) in rows {
        table.row([name.to_owned(), value.unwrap_or_else(|| "–".to_owned())]);
    }
    for file in &notice.attachments {
        table.row(["file".to_owned(), format!("{}  {}", file.name, file.url)]);
    }
    eprint!("{table}");
    if let Some(text) = &notice.content {
        eprintln!("\n{}", text.text());
    }
}

/// What the page says.
struct Answer {
    source: Source,
    meta: SourceMeta,
    believed: Believed,
    confidence: f64,
    toml: String,
}

fn read(page: &Page) -> Result<Answer, Unreadable> {
    let doc = Doc::parse(&decoded(page));
    let reading = article::read(&doc, page, None)
        .filter(|reading| reading.content.is_some() || !reading.files.is_empty())
        .ok_or_else(|| Unreadable(format!("no text of a notice is found in {}", page.url)))?;
    let meta = SourceMeta {
        title: doc.title(),
        language: doc.language().or_else(|| page.content_language.clone()),
        ..SourceMeta::default()
    };
    let source = Source {
        id: ask::id_of(&page.url),
        name: page.url.host_str().unwrap_or("source").to_owned(),
        url: page.url.clone(),
        kind: Kind::Auto,
        language: reading.language.clone(),
        zone: detect::zone_of(&page.url).unwrap_or(TimeZone::UTC),
        tags: Vec::new(),
        article: None,
    };
    let toml = config::article_table(&article::rules_for(&doc, &reading));
    let confidence = reading.confidence;
    let draft = Draft {
        link: Some(page.url.to_string()),
        base: Some(doc.base(&page.url).to_string()),
        ..Draft::from(reading)
    };
    let parsed = Parsed {
        meta: meta.clone(),
        drafts: vec![draft],
    };
    let believed = believe(&source, page, parsed);
    Ok(Answer {
        source,
        meta,
        believed,
        confidence,
        toml,
    })
}

impl Answer {
    fn json(&self) -> anyhow::Result<Value> {
        let preview = Preview {
            confidence: Some(self.confidence),
            toml: Some(self.toml.clone()),
            ..Preview::of(&self.source, &self.meta, &self.believed)
        };
        let mut json = serde_json::to_value(preview)?;
        json["source"]["kind"] = "article".into();
        Ok(json)
    }

    fn show(&self) {
        self.believed.notices.iter().for_each(show);
        eprintln!("\nconfidence {:.2}", self.confidence);
    }
}
