//! Where on its host the notices of a page may be fed, when the page itself doesn't say: what its system offers, the usual
//! places, the sitemaps of news. All of it is guessed, so it is little, and never another host.

use url::Url;

use super::{feeds, link_header};
use crate::source::{
    Page,
    charset::{self, Format, Hint},
    dom::Doc,
    links, preset,
};

/// Most sitemaps that are worth asking for.
const MAX_SITEMAPS: usize = 2;

/// Bytes of a robots.txt, and of a list of sitemaps, that are looked at.
const MAX_BYTES: usize = 500 << 10;

const USUAL: [&str; 6] = ["/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml"];

/// Where `page` says that its WordPress tells the posts.
pub fn posts(page: &Page) -> Option<Url> {
    let doc = Doc::parse(&super::decoded(page));
    let of_page = || {
        let css = "link[rel='https://api.w.org/']".parse().ok()?;
        let href = doc.first(&css)?.attr("href")?;
        links::absolute(&href, &doc.base(&page.url))
    };
    let header = page.links.iter().flat_map(|header| link_header::read(header));
    let of_header = header
        .filter(|link| link.leads_as("https://api.w.org/"))
        .find_map(|link| links::absolute(&link.target, &page.url));
    let api = of_header.or_else(of_page).filter(|api| is_of(page, api))?;
    // Without readable addresses it is /?rest_route=/.
    match api.query_pairs().find(|(name, _)| name == "rest_route") {
        Some((_, route)) => {
            let route = format!("{}/wp/v2/posts", route.trim_end_matches('/'));
            let mut posts = api.clone();
            posts.query_pairs_mut().clear().append_pair("rest_route", &route);
            Some(posts)
        }
        None => api
            .path()
            .ends_with('/')
            .then(|| api.join("wp/v2/posts").ok())
            .flatten(),
    }
}

/// Where the notices of `page` may be fed: a few places of its host, the likeliest first.
pub fn places(page: &Page) -> Vec<Url> {
    let html = super::decoded(page);
    let doc = Doc::parse(&html);
    let mut families = preset::fitting(page, &html, &doc);
    let is_wordpress = families.any(|family| family.name == "wordpress") && posts(page).is_none();
    let posts = is_wordpress.then_some("/wp-json/wp/v2/posts");
    let paths = USUAL.iter().copied().chain(posts);
    let places = paths.filter_map(|path| page.url.join(path).ok());
    places.filter(|place| *place != page.url).collect()
}

/// The sitemaps that the robots.txt of the host of `page` names (sitemaps.org, "Sitemap:"), those of news first; the usual one
/// when it names none.
pub fn sitemaps(robots: Option<&[u8]>, page: &Page) -> Vec<Url> {
    let robots = robots.unwrap_or_default();
    let text = String::from_utf8_lossy(&robots[..robots.len().min(MAX_BYTES)]);
    let named = text.lines().filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        let named = key.trim().eq_ignore_ascii_case("sitemap");
        named.then(|| page.url.join(value.trim()).ok()).flatten()
    });
    let mut named: Vec<Url> = named.filter(|url| is_of(page, url)).take(1_000).collect();
    if named.is_empty() {
        named.extend(page.url.join("/sitemap.xml").ok());
    }
    likeliest(named, MAX_SITEMAPS)
}

/// The sitemap of news that `index`, a list of sitemaps, names.
pub fn sitemap_of_news(index: &Page) -> Option<Url> {
    let hint = Hint {
        format: Format::Xml,
        tld: None,
    };
    let text = charset::decode(&index.body[..index.body.len().min(MAX_BYTES)], None, hint).text;
    if !feeds::begins_with(index, &["<sitemapindex"]) {
        return None;
    }
    let named = text.split("<loc>").skip(1).filter_map(|rest| {
        let told = rest.split('<').next()?.trim();
        index.url.join(&told.replace("&amp;", "&")).ok()
    });
    let named = named
        .filter(|url| is_of(index, url) && is_news(url))
        .take(1_000)
        .collect();
    likeliest(named, 1).pop()
}

fn likeliest(mut sitemaps: Vec<Url>, most: usize) -> Vec<Url> {
    sitemaps.sort_by_key(|url| !is_news(url));
    sitemaps.dedup();
    sitemaps.truncate(most);
    sitemaps
}

fn is_news(sitemap: &Url) -> bool {
    sitemap.path().to_ascii_lowercase().contains("news")
}

fn is_of(page: &Page, url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.origin() == page.url.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str, link: Option<&str>) -> Page {
        Page {
            url: Url::parse("https://e.org/news/").expect("an address"),
            content_type: None,
            content_language: None,
            links: link.into_iter().map(str::to_owned).collect(),
            body: body.as_bytes().to_vec(),
            validators: Default::default(),
            fresh_for: None,
            moved: None,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn paths(urls: &[Url]) -> Vec<&str> {
        urls.iter().map(Url::path).collect()
    }

    #[test]
    fn a_page_of_wordpress_says_where_its_posts_are() {
        for (html, header, expected) in [
            ("<p>News", None, None),
            (
                "<link rel='https://api.w.org/' href='/blog/wp-json/'>",
                None,
                Some("https://e.org/blog/wp-json/wp/v2/posts"),
            ),
            (
                "<p>News",
                Some("<https://e.org/wp-json/>; rel=\"https://api.w.org/\""),
                Some("https://e.org/wp-json/wp/v2/posts"),
            ),
            (
                "<link rel='https://api.w.org/' href='/index.php?rest_route=/'>",
                None,
                Some("https://e.org/index.php?rest_route=%2Fwp%2Fv2%2Fposts"),
            ),
            (
                "<link rel='https://api.w.org/' href='https://elsewhere.example/wp-json/'>",
                None,
                None,
            ),
        ] {
            let told = posts(&page(html, header));
            assert_eq!(told.as_ref().map(Url::as_str), expected, "{html}");
        }
    }

    #[test]
    fn a_page_without_a_feed_may_have_it_at_one_of_a_few_places_of_its_host() {
        assert_eq!(paths(&places(&page("<p>News", None))), USUAL);
        let wordpress = places(&page("<meta name=generator content='WordPress 5.5'>", None));
        assert_eq!(paths(&wordpress[USUAL.len()..]), ["/wp-json/wp/v2/posts"]);
    }

    #[test]
    fn the_sitemaps_of_a_host_are_those_it_names_with_the_news_first() {
        let robots = "User-agent: *\nSITEMAP: /all.xml\nSitemap:https://e.org/news.xml\nSitemap: https://other.example/news.xml\n\
                      sitemap: /more.xml";
        let named = sitemaps(Some(robots.as_bytes()), &page("", None));
        assert_eq!(paths(&named), ["/news.xml", "/all.xml"]);
        assert_eq!(paths(&sitemaps(None, &page("", None))), ["/sitemap.xml"]);
    }

    #[test]
    fn a_list_of_sitemaps_leads_to_the_one_of_news() {
        let index = "<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>\n \
                     https://e.org/pages.xml</loc></sitemap><sitemap><loc>https://e.org/news.xml?a=1&amp;b=2</loc></sitemap></sitemapindex>";
        let found = sitemap_of_news(&page(index, None));
        assert_eq!(found.as_ref().map(Url::as_str), Some("https://e.org/news.xml?a=1&b=2"));
        assert_eq!(sitemap_of_news(&page("<urlset><loc>/news.xml", None)), None);
    }
}
