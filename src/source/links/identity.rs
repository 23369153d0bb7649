//! What of a link identifies a notice; the rule is written down in the parent module.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use aws_lc_rs::digest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::volatile;

/// A row as far as its identity goes.
#[derive(Clone, Debug)]
pub struct Linked<'a> {
    /// Its link, absolute.
    pub link: Option<&'a Url>,
    /// Its title.
    pub title: &'a str,
}

/// Longest key that is kept in words.
const MAX_KEY: usize = 400;

/// The name under which a fragment is handled like a parameter.
const FRAGMENT: &str = "#";

/// The key of each row of a page that was asked for at `asked` and found at `found`; `None` where the link identifies
/// nothing.
pub fn keys(asked: &Url, found: &Url, rows: &[Linked<'_>]) -> Vec<Option<String>> {
    let own = [asked, found];
    let lists: Vec<Link> = own.iter().map(|url| Link::of(url, &own)).collect();
    let links: Vec<Option<Link>> = rows
        .iter()
        .map(|row| row.link.map(|link| Link::of(link, &own)))
        .collect();
    let told_apart_by = telling_names(rows, &links);
    links
        .iter()
        .map(|link| {
            let link = link.as_ref()?;
            let of_the_list = lists
                .iter()
                .any(|list| list.bare(&BTreeSet::new()) == link.bare(&BTreeSet::new()));
            if of_the_list {
                // Else every such link would be the list's own address.
                let everything = link.wavering.keys().cloned().collect();
                let key = link.bare(&everything);
                return lists
                    .iter()
                    .all(|list| list.bare(&everything) != key)
                    .then(|| bounded(key));
            }
            Some(bounded(link.bare(&told_apart_by)))
        })
        .collect()
}

/// The key of an entry by the id that the feed or the configuration gives it: an address is freed of what never matters.
pub(crate) fn guid_key(guid: &str, asked: &Url, found: &Url) -> Option<String> {
    let guid = guid.split_whitespace().collect::<Vec<_>>().join(" ");
    if guid.is_empty() {
        return None;
    }
    let key = match Url::parse(&guid) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            let link = Link::of(&url, &[asked, found]);
            link.bare(&link.wavering.keys().cloned().collect())
        }
        _ => guid,
    };
    Some(bounded(key))
}

/// `text` as 32 hexadecimal digits.
pub(crate) fn hashed(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The letters and digits of `title`, lower case: what is left when decoration, spacing and invisible characters change.
pub(crate) fn squeezed(title: &str) -> String {
    title
        .nfkc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(500)
        .collect()
}

/// Whether two titles can be of one notice: equal, or one is the other with a label or a cut.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (squeezed(one), squeezed(other));
    one.contains(&other) || other.contains(&one)
}

fn bounded(key: String) -> String {
    if key.len() <= MAX_KEY {
        key
    } else {
        format!("sha256:{}", hashed(&key))
    }
}

/// A link taken apart.
struct Link {
    /// A foreign host, and the path.
    place: String,
    /// Parameters that matter.
    firm: Vec<(String, String)>,
    /// Parameters that matter only when nothing else tells the rows apart.
    wavering: BTreeMap<String, String>,
}

impl Link {
    fn of(url: &Url, own: &[&Url]) -> Self {
        let mut place = host(url, own);
        place.push_str(&path(url));
        let pairs = pairs(url.query().unwrap_or_default());
        let named = pairs.iter().any(|(name, value)| volatile::names_a_row(name, value))
            || place
                .rsplit('/')
                .next()
                .is_some_and(|last| last.bytes().filter(u8::is_ascii_digit).count() >= 3);
        let mut link = Self {
            place,
            firm: Vec::new(),
            wavering: BTreeMap::new(),
        };
        for (name, value) in pairs {
            let token = named && volatile::looks_like_a_token(&value) && !volatile::is_named_as_id(&name);
            if token || volatile::is_position(&name, &value) {
                link.wavering.insert(name, canonical(&value));
            } else {
                link.firm.push((name, canonical(&value)));
            }
        }
        link.firm.sort();
        if let Some(fragment) = url.fragment().filter(|fragment| !fragment.is_empty()) {
            link.wavering.insert(FRAGMENT.to_owned(), canonical(fragment));
        }
        link
    }

    /// The key, in which of the wavering parameters only `kept` count.
    fn bare(&self, kept: &BTreeSet<String>) -> String {
        let wavering = self.wavering.iter().filter(|(name, _)| kept.contains(*name));
        let mut key = self.place.clone();
        let mut separator = '?';
        let parameters = wavering.clone().filter(|(name, _)| *name != FRAGMENT);
        let mut pairs: Vec<(&String, &String)> = self.firm.iter().map(|(name, value)| (name, value)).collect();
        pairs.extend(parameters);
        pairs.sort();
        for (name, value) in pairs {
            key.push(separator);
            key.push_str(name);
            key.push('=');
            key.push_str(value);
            separator = '&';
        }
        for (_, fragment) in wavering.filter(|(name, _)| *name == FRAGMENT) {
            key.push('#');
            key.push_str(fragment);
        }
        key
    }
}

/// The wavering parameters without which most of the differently titled rows would be alike.
fn telling_names(rows: &[Linked<'_>], links: &[Option<Link>]) -> BTreeSet<String> {
    let linked: Vec<(&Link, String)> = rows
        .iter()
        .zip(links)
        .filter_map(|(row, link)| Some((link.as_ref()?, squeezed(row.title))))
        .collect();
    let titles: HashSet<&String> = linked.iter().map(|(_, title)| title).collect();
    let mut kept = BTreeSet::new();
    let apart = |kept: &BTreeSet<String>| {
        let mut titles_of: HashMap<String, HashSet<&String>> = HashMap::new();
        for (link, title) in &linked {
            titles_of.entry(link.bare(kept)).or_default().insert(title);
        }
        titles_of.len()
    };
    let mut known = apart(&kept);
    while titles.len() >= 2 && known * 2 <= titles.len() {
        let names: BTreeSet<&String> = linked.iter().flat_map(|(link, _)| link.wavering.keys()).collect();
        let best = names
            .into_iter()
            .filter(|name| !kept.contains(*name))
            .map(|name| {
                let mut more = kept.clone();
                more.insert(name.clone());
                (apart(&more), more)
            })
            .max_by_key(|(apart, _)| *apart);
        match best {
            Some((apart, more)) if apart > known => (known, kept) = (apart, more),
            _ => break,
        }
    }
    kept
}

/// A host that is not the board's own, with its port.
fn host(url: &Url, own: &[&Url]) -> String {
    let name = |url: &Url| {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let host = host.strip_prefix("www.").unwrap_or(host);
        match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    };
    let here = name(url);
    if own.iter().any(|own| name(own) == here) {
        return String::new();
    }
    // `www.` is told apart from its absence on other people's hosts: they may be two sites.
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    match url.port() {
        Some(port) => format!("//{host}:{port}"),
        None => format!("//{host}"),
    }
}

fn path(url: &Url) -> String {
    let steady = volatile::path_without_sessions(url.path());
    let mut segments: Vec<String> = steady
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            let segment = canonical(segment);
            if is_script(&segment) {
                segment.to_ascii_lowercase()
            } else {
                segment
            }
        })
        .collect();
    if segments.last().is_some_and(|last| {
        [
            "index.html",
            "index.htm",
            "index.php",
            "index.jsp",
            "index.do",
            "default.aspx",
        ]
        .contains(&last.as_str())
    }) {
        segments.pop();
    }
    format!("/{}", segments.join("/"))
}

/// Whether a path segment names a program, whose case servers of that kind don't care for.
fn is_script(segment: &str) -> bool {
    let ending = segment.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| {
        [
            "do", "jsp", "php", "asp", "aspx", "action", "cs", "cgi", "cfm", "html", "htm", "es", "web",
        ]
        .contains(&ending.as_str())
    })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = volatile::plain(name).to_ascii_lowercase();
            let name = name.strip_prefix("amp;").map(str::to_owned).unwrap_or(name);
            let lone = !pair.contains('=');
            (!name.is_empty() && (lone || !value.is_empty()) && !volatile::never_matters(&name, value))
                .then(|| (name, value.replace('+', " ")))
        })
        .collect()
}

/// One spelling for all ways to percent-encode a text.
fn canonical(text: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b':')
        .remove(b'/');
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    match std::str::from_utf8(&bytes) {
        Ok(text) => utf8_percent_encode(text, PLAIN).to_string(),
        Err(_) => percent_encoding::percent_encode(&bytes, PLAIN).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "https://www.example.org/board/list.do?bbsId=B1&pageIndex=2";

    fn keys_of(rows: &[(&str, &str)]) -> Vec<Option<String>> {
        let list = Url::parse(LIST).expect("an address");
        let urls: Vec<Option<Url>> = rows
            .iter()
            .map(|(link, _)| crate::source::links::absolute(link, &list))
            .collect();
        let rows: Vec<Linked<'_>> = rows
            .iter()
            .zip(&urls)
            .map(|((_, title), link)| Linked {
                link: link.as_ref(),
                title,
            })
            .collect();
        keys(&list, &list, &rows)
    }

    fn key(link: &str) -> Option<String> {
        keys_of(&[(link, "Water off")]).remove(0)
    }

    #[track_caller]
    fn same(links: &[&str]) {
        for pair in links.windows(2) {
            assert_eq!(key(pair[0]), key(pair[1]));
            assert!(key(pair[0]).is_some());
        }
    }

    #[test]
    fn the_key_reads_as_the_link_does() {
        assert_eq!(
            key("view.do?bbsId=B1&nttId=407").as_deref(),
            Some("/board/view.do?bbsid=B1&nttid=407")
        );
        assert_eq!(key("https://other.example/a").as_deref(), Some("//other.example/a"));
    }

    #[test]
    fn session_ids_change_nothing() {
        same(&[
            "view.do?bbsId=B1&nttId=407",
            "view.do;jsessionid=1F3A?bbsId=B1&nttId=407",
            "view.do;JSESSIONID=99.node2?bbsId=B1&nttId=407&PHPSESSID=k3j4h5g6",
            "view.do?sid=77ab09f3&bbsId=B1&nttId=407&_t=3",
            "view.do?s=0cc175b9c0f1b6a831c399e269772661&bbsId=B1&nttId=407",
            "view.do?auth=0cc175b9c0f1b6a831c399e269772661&bbsId=B1&nttId=407",
            "/(S(x1y2z3))/board/view.do?bbsId=B1&nttId=407",
        ]);
    }

    #[test]
    fn the_position_in_the_list_changes_nothing() {
        same(&[
            "view.do?bbsId=B1&nttId=407",
            "view.do?nttId=407&bbsId=B1",
            "view.do?bbsId=B1&nttId=407&pageIndex=9&searchCnd=&searchWrd=water",
            "view.do?bbsId=B1&nttId=407&movePage=1&recordCnt=10&rnum=3&hit=99",
            "view.do?bbsId=B1&nttId=407#top",
        ]);
    }

    #[test]
    fn the_spelling_of_an_address_changes_nothing() {
        same(&[
            "http://example.org/board/view.do?bbsId=B1&nttId=407",
            "https://www.example.org/board/VIEW.do?bbsId=B1&amp;nttId=407",
            "https://example.org:443/board/./view.do?BBSID=B1&nttId=%34%30%37&x=",
        ]);
        same(&["/n/407/", "/n/407", "/n/407/index.html"]);
        same(&["/n/%ea%b3%b5%ec%a7%80", "/n/공지"]);
    }

    #[test]
    fn neighbours_are_told_apart() {
        for (one, other) in [
            ("view.do?nttId=1", "view.do?nttId=2"),
            ("view.do?bbsId=B1&nttId=1", "view.do?bbsId=B2&nttId=1"),
            ("/p/AbC", "/p/aBc"),
            ("https://a.example/1", "https://b.example/1"),
            (
                "view.do?id=6f0a7c52-9d0b-5c3e-8a14-2b6c73d19e40",
                "view.do?id=7f0a7c52-9d0b-5c3e-8a14-2b6c73d19e40",
            ),
            ("?n=3", "?n=4"),
            ("modules.php?name=News&sid=12", "modules.php?name=News&sid=13"),
            ("#n3", "#n4"),
            ("bill.do?session=58&bill=12", "bill.do?session=59&bill=12"),
            ("index.php?subpage=water&n=400", "index.php?subpage=power&n=400"),
        ] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
    }

    #[test]
    fn a_key_does_not_depend_on_the_other_rows() {
        let alone = key("view.do?bbsId=B1&nttId=407&auth=0cc175b9c0f1b6a831c399e269772661&page=1");
        let rows: Vec<(String, String)> = (400..420)
            .map(|n| {
                (
                    format!("view.do?bbsId=B1&nttId={n}&auth=92eb5ffee6ae2fec3ad71c777531578f&page=2"),
                    format!("Notice {n}"),
                )
            })
            .collect();
        let mut rows: Vec<(&str, &str)> = rows
            .iter()
            .map(|(link, title)| (link.as_str(), title.as_str()))
            .collect();
        rows.push(("/other/view.do?bbsId=B2&nttId=9", "Of another board"));
        assert_eq!(keys_of(&rows)[7], alone);
    }

    #[test]
    fn what_alone_tells_rows_apart_identifies_them() {
        let keys = keys_of(&[
            ("/cms/index.php?site=a&page=water", "Water off"),
            ("/cms/index.php?site=a&page=power", "Power off"),
            ("/cms/index.php?site=a&page=gas", "Gas off"),
        ]);
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 3);
        let keys = keys_of(&[
            ("/v.do?year=2020&d=0cc175b9c0f1b6a831c399e269772661", "Water off"),
            ("/v.do?year=2020&d=92eb5ffee6ae2fec3ad71c777531578f", "Power off"),
            ("/v.do?year=2020&d=4a8a08f09d37b73795649038408b5f33", "Gas off"),
        ]);
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 3);
    }

    #[test]
    fn a_link_to_the_list_itself_identifies_nothing() {
        for link in [LIST, "list.do?bbsId=B1", "#", "list.do?pageIndex=2&bbsId=B1"] {
            assert_eq!(key(link), None, "{link}");
        }
    }

    #[test]
    fn a_pinned_copy_has_the_key_of_the_row() {
        let keys = keys_of(&[
            ("view.do?bbsId=B1&nttId=407&pin=", "Water off"),
            ("view.do?bbsId=B1&nttId=408&rnum=2", "Power off"),
            ("view.do?bbsId=B1&nttId=407&rnum=1", "Water off"),
        ]);
        assert_eq!(keys[0], keys[2]);
        assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn an_address_as_guid_loses_its_session() {
        let list = Url::parse(LIST).expect("an address");
        let of = |guid: &str| guid_key(guid, &list, &list);
        assert_eq!(
            of("https://example.org/a?sid=1a2b3c4d&p=2"),
            of("http://www.example.org/a?p=2")
        );
        assert_eq!(
            of(" tag:example.org,2020:1 ").as_deref(),
            Some("tag:example.org,2020:1")
        );
        assert_ne!(of("https://example.org/a?page=1"), of("https://example.org/a?page=2"));
        assert_eq!(of("  "), None);
    }
}
