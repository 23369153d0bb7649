//! How much of what a page shows is in a feed.

use std::{collections::HashSet, fmt};

use crate::notice::Notice;

/// Shortest beginning of a title that stands for the title, in characters.
const BEGINNING: usize = 12;

/// Notices that are told apart, of a page and of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Notices that both have.
    pub both: usize,
    /// Notices of the page.
    pub page: usize,
    /// Notices of the feed.
    pub feed: usize,
}

impl Carried {
    /// Compares what a page and a feed show: by address and by title.
    pub fn of(page: &[Notice], feed: &[Notice]) -> Self {
        let titles: HashSet<String> = feed.iter().map(|notice| squeezed(&notice.title)).collect();
        let links: HashSet<&str> = feed
            .iter()
            .filter_map(|notice| Some(notice.link.as_ref()?.as_str()))
            .collect();
        let is_fed = |notice: &&Notice| {
            let title = squeezed(&notice.title);
            let cut = title.trim_end_matches(['…', '.']);
            let is_cut = cut.len() < title.len() && cut.chars().count() >= BEGINNING;
            titles.contains(&title)
                || notice.link.as_ref().is_some_and(|link| links.contains(link.as_str()))
                || is_cut && titles.iter().any(|whole| whole.starts_with(cut))
        };
        Self {
            both: page.iter().filter(is_fed).count(),
            page: page.len(),
            feed: feed.len(),
        }
    }

    /// Whether the feed serves for the page: most of the shorter is in the longer, and it is not just a few.
    pub fn serves(self) -> bool {
        let most = self.both * 10 >= self.page.min(self.feed) * 6;
        most && self.both > 0 && (self.both >= 5 || self.both * 2 >= self.page)
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.both {
            0 => write!(f, "none of the {} notices that the page shows", self.page),
            both => write!(f, "{both} of the {} notices that the page shows", self.page),
        }
    }
}

/// A title without what two renderings of it differ by: spaces and case.
fn squeezed(title: &str) -> String {
    title
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::NoticeId;

    fn notices(told: &[(&str, &str)]) -> Vec<Notice> {
        let source = "s".parse().expect("an id");
        let notice = |(title, link): &(&str, &str)| Notice {
            id: NoticeId::of(&source, link),
            key: (*link).to_owned(),
            title: (*title).to_owned(),
            link: link.parse().ok(),
            published: None,
            updated: None,
            author: None,
            categories: Vec::new(),
            views: None,
            pinned: false,
            summary: None,
            content: None,
            attachments: Vec::new(),
            language: None,
            guid: None,
        };
        told.iter().map(notice).collect()
    }

    #[test]
    fn a_feed_serves_when_it_carries_what_the_page_shows() {
        for (both, page, feed, expected) in [
            (10, 10, 10, true),
            (10, 10, 50, true),
            (10, 100, 10, true),
            (2, 3, 3, true),
            (1, 20, 1, false),
            (2, 20, 20, false),
            (0, 10, 0, false),
            (0, 0, 10, false),
        ] {
            let carried = Carried { both, page, feed };
            assert_eq!(carried.serves(), expected, "{both} of {page} and {feed}");
        }
    }

    #[test]
    fn a_notice_is_known_by_its_address_or_by_its_title() {
        let page = notices(&[
            ("Water  off on Monday", "https://e.org/1"),
            ("Shown otherwise", "https://e.org/2"),
            ("Road closed for repairs…", "https://e.org/list"),
            ("Roads…", "https://e.org/list"),
            ("Only on the page", "https://e.org/9"),
        ]);
        let feed = notices(&[
            ("Water off on monday", "https://e.org/a"),
            ("Fed otherwise", "https://e.org/2"),
            ("Road closed for repairs on Mill Lane", "https://e.org/b"),
            ("Roads are open", "https://e.org/c"),
        ]);
        let carried = Carried::of(&page, &feed);
        assert_eq!((carried.both, carried.page, carried.feed), (3, 5, 4));
    }
}
