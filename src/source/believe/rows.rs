//! What the rows of an answer say, as far as it tells whether they must be read again.

use std::{
    collections::{HashMap, HashSet},
    hash::{Hash, Hasher},
};

use aws_lc_rs::digest::{Context, SHA256};

use crate::{
    notice::NoticeId,
    source::{Draft, Page},
};

/// The digests of what an answer said of each of its notices, in its order. A row's views are a counter, and its link may
/// change at each visit: neither is in them, but the id that was made of the link is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(Vec<[u8; 8]>);

impl Rows {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// Those that are kept in `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks().0.to_vec())
    }
}

/// The rows of one answer, by the notices that they are of.
pub(super) struct Sayings {
    around: Digest,
    of: HashMap<NoticeId, Digest>,
    order: Vec<NoticeId>,
}

impl Sayings {
    /// Of no row of `page` yet, which says that it is in `language`.
    pub(super) fn on(page: &Page, language: Option<&str>) -> Self {
        let mut around = Digest(Context::new(&SHA256));
        (&page.url, &page.content_language, language).hash(&mut around);
        Self {
            around,
            of: HashMap::new(),
            order: Vec::new(),
        }
    }

    /// Adds what `row` says of the notice `id`.
    pub(super) fn add(&mut self, id: NoticeId, row: &Draft) {
        let of = self.of.entry(id).or_insert_with(|| {
            self.order.push(id);
            self.around.clone()
        });
        let told = (&row.title, &row.base, &row.published, &row.updated, &row.author);
        let more = (&row.categories, row.views.is_some(), row.pinned, &row.language);
        let text = (&row.summary, &row.content, &row.attachments);
        (id.as_bytes(), told, more, text).hash(of);
    }

    /// The digests of all, and the notices of which `last` said the same.
    pub(super) fn beside(mut self, last: &Rows) -> (Rows, HashSet<NoticeId>) {
        let known: HashSet<_> = last.0.iter().collect();
        let (mut rows, mut same) = (Vec::with_capacity(self.order.len()), HashSet::new());
        for id in self.order {
            let Some(digest) = self.of.remove(&id).map(Digest::short) else {
                continue;
            };
            if known.contains(&digest) {
                same.insert(id);
            }
            rows.push(digest);
        }
        (Rows(rows), same)
    }
}

/// Hashes values as their types say what is in them.
#[derive(Clone)]
struct Digest(Context);

impl Digest {
    fn short(self) -> [u8; 8] {
        let mut short = [0; 8];
        short.copy_from_slice(&self.0.finish().as_ref()[..8]);
        short
    }
}

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        u64::from_le_bytes(self.clone().short())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::source::{Kind, Source, believe_again};

    /// What was said before, and what is said now, of three notices; the keys of those that are looked at.
    #[track_caller]
    fn check(before: [&str; 3], now: [&str; 3], expected: &[&str]) {
        let last = believed(before, &Rows::default());
        let again = believed(now, &last.rows);
        assert_eq!(again.notices.len(), 3);
        let looked_at: Vec<&str> = again
            .notices
            .iter()
            .filter(|notice| !again.same.contains(&notice.id))
            .map(|notice| notice.key.as_str())
            .collect();
        assert_eq!(looked_at, expected);
        let anew = believed(now, &Rows::default());
        assert_eq!(again.rows, anew.rows);
        for (again, anew) in again.notices.iter().zip(&anew.notices) {
            assert_eq!(again.row_fingerprint(), anew.row_fingerprint());
            assert_eq!(
                again.summary.is_some() || again.content.is_some(),
                looked_at.contains(&again.key.as_str())
            );
        }
    }

    fn believed(rows: [&str; 3], last: &Rows) -> crate::source::Believed {
        let mut feed = "<rss><channel>".to_owned();
        for (number, row) in rows.iter().enumerate() {
            let _ = write!(feed, "<item><guid isPermaLink='false'>{number}</guid>{row}</item>");
        }
        let source = Source {
            id: "town".parse().expect("an id"),
            name: "Town".to_owned(),
            url: "https://example.org/feed".parse().expect("an address"),
            kind: Kind::Feed,
            language: None,
            zone: jiff::tz::TimeZone::UTC,
            tags: Vec::new(),
            article: None,
        };
        let page = Page {
            url: source.url.clone(),
            content_type: None,
            content_language: None,
            links: Vec::new(),
            body: (feed + "</channel></rss>").into_bytes(),
            validators: Default::default(),
            fresh_for: None,
            moved: None,
            at: "2026-11-25T10:00:00Z".parse().expect("a time"),
        };
        let parsed = source.parse(&page).expect("a feed");
        let believed = believe_again(&source, &page, parsed, last);
        assert_eq!(Rows::from_bytes(&believed.rows.to_bytes()), believed.rows);
        believed
    }

    const A: &str = "<title>Water</title><description>off &lt;b>today&lt;/b></description><link>https://example.org/?id=1&amp;sid=1</link>";
    const B: &str = "<title>Gas</title><description>on</description>";
    const C: &str =
        "<title>Light</title><description>dim</description><pubDate>Tue, 10 Nov 2026 09:00:00 GMT</pubDate>";

    #[test]
    fn only_rows_that_say_something_else_are_looked_at_again() {
        check([A, B, C], [A, B, C], &[]);
        check([A, B, C], [A, &B.replace(">on<", ">off<"), C], &["1"]);
        check(
            [A, B, C],
            [&A.replace("today", "tomorrow"), B, &C.replace("10 Nov", "11 Nov")],
            &["0", "2"],
        );
        check(
            [A, B, C],
            [A, B, &C.replace("<pub", "<category>Lamps</category><pub")],
            &["2"],
        );
        check([A, B, C], [A, C, B], &["1", "2"]);
    }

    #[test]
    fn a_link_that_changes_at_each_visit_is_not_something_else() {
        check([A, B, C], [&A.replace("sid=1", "sid=2"), B, C], &[]);
    }
}
