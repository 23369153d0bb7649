//! Where a page is from: its language, and the zone that its dates are printed in.

use jiff::tz::TimeZone;
use url::Url;

use crate::source::{Page, dom::Doc};

/// Zones of top-level domains of countries with one zone, or with one where nearly everybody lives.
const ZONES: &[(&str, &str)] = &[
    ("kr", "Asia/Seoul"),
    ("jp", "Asia/Tokyo"),
    ("cn", "Asia/Shanghai"),
    ("tw", "Asia/Taipei"),
    ("hk", "Asia/Hong_Kong"),
    ("mo", "Asia/Macau"),
    ("sg", "Asia/Singapore"),
    ("my", "Asia/Kuala_Lumpur"),
    ("th", "Asia/Bangkok"),
    ("vn", "Asia/Ho_Chi_Minh"),
    ("ph", "Asia/Manila"),
    ("id", "Asia/Jakarta"),
    ("in", "Asia/Kolkata"),
    ("lk", "Asia/Colombo"),
    ("np", "Asia/Kathmandu"),
    ("bd", "Asia/Dhaka"),
    ("pk", "Asia/Karachi"),
    ("ir", "Asia/Tehran"),
    ("tr", "Europe/Istanbul"),
    ("il", "Asia/Jerusalem"),
    ("sa", "Asia/Riyadh"),
    ("ae", "Asia/Dubai"),
    ("ge", "Asia/Tbilisi"),
    ("am", "Asia/Yerevan"),
    ("az", "Asia/Baku"),
    ("uk", "Europe/London"),
    ("ie", "Europe/Dublin"),
    ("fr", "Europe/Paris"),
    ("de", "Europe/Berlin"),
    ("at", "Europe/Vienna"),
    ("ch", "Europe/Zurich"),
    ("it", "Europe/Rome"),
    ("es", "Europe/Madrid"),
    ("pt", "Europe/Lisbon"),
    ("nl", "Europe/Amsterdam"),
    ("be", "Europe/Brussels"),
    ("lu", "Europe/Luxembourg"),
    ("dk", "Europe/Copenhagen"),
    ("se", "Europe/Stockholm"),
    ("no", "Europe/Oslo"),
    ("fi", "Europe/Helsinki"),
    ("is", "Atlantic/Reykjavik"),
    ("ee", "Europe/Tallinn"),
    ("lv", "Europe/Riga"),
    ("lt", "Europe/Vilnius"),
    ("pl", "Europe/Warsaw"),
    ("cz", "Europe/Prague"),
    ("sk", "Europe/Bratislava"),
    ("hu", "Europe/Budapest"),
    ("ro", "Europe/Bucharest"),
    ("bg", "Europe/Sofia"),
    ("gr", "Europe/Athens"),
    ("cy", "Asia/Nicosia"),
    ("hr", "Europe/Zagreb"),
    ("si", "Europe/Ljubljana"),
    ("rs", "Europe/Belgrade"),
    ("ba", "Europe/Sarajevo"),
    ("mk", "Europe/Skopje"),
    ("al", "Europe/Tirane"),
    ("ua", "Europe/Kyiv"),
    ("by", "Europe/Minsk"),
    ("ru", "Europe/Moscow"),
    ("eu", "Europe/Brussels"),
    ("za", "Africa/Johannesburg"),
    ("ng", "Africa/Lagos"),
    ("ke", "Africa/Nairobi"),
    ("eg", "Africa/Cairo"),
    ("ma", "Africa/Casablanca"),
    ("ar", "America/Argentina/Buenos_Aires"),
    ("br", "America/Sao_Paulo"),
    ("cl", "America/Santiago"),
    ("co", "America/Bogota"),
    ("pe", "America/Lima"),
    ("uy", "America/Montevideo"),
    ("nz", "Pacific/Auckland"),
    ("au", "Australia/Sydney"),
    ("gov", "America/New_York"),
    ("mil", "America/New_York"),
    ("us", "America/New_York"),
];

/// Zones of languages that are spoken in one.
const SPOKEN: &[(&str, &str)] = &[
    ("ko", "Asia/Seoul"),
    ("ja", "Asia/Tokyo"),
    ("zh-tw", "Asia/Taipei"),
    ("zh-hant", "Asia/Taipei"),
    ("zh-hk", "Asia/Hong_Kong"),
    ("zh", "Asia/Shanghai"),
    ("el", "Europe/Athens"),
    ("pl", "Europe/Warsaw"),
    ("cs", "Europe/Prague"),
    ("hu", "Europe/Budapest"),
    ("fi", "Europe/Helsinki"),
    ("sv", "Europe/Stockholm"),
    ("da", "Europe/Copenhagen"),
    ("tr", "Europe/Istanbul"),
    ("vi", "Asia/Ho_Chi_Minh"),
    ("th", "Asia/Bangkok"),
    ("de", "Europe/Berlin"),
    ("it", "Europe/Rome"),
    ("he", "Asia/Jerusalem"),
    ("uk", "Europe/Kyiv"),
    ("bg", "Europe/Sofia"),
    ("fa", "Asia/Tehran"),
    ("ru", "Europe/Moscow"),
    ("fr", "Europe/Paris"),
    ("nl", "Europe/Amsterdam"),
    ("en-gb", "Europe/London"),
];

/// The languages of countries' domains, where pages don't say theirs.
const DOMAINS: &[(&str, &str)] = &[
    ("de", "de"),
    ("at", "de"),
    ("fr", "fr"),
    ("es", "es"),
    ("it", "it"),
    ("pt", "pt"),
    ("br", "pt-BR"),
    ("nl", "nl"),
    ("pl", "pl"),
    ("cz", "cs"),
    ("hu", "hu"),
    ("se", "sv"),
    ("dk", "da"),
    ("no", "no"),
    ("fi", "fi"),
    ("tr", "tr"),
    ("ro", "ro"),
    ("ar", "es"),
    ("mx", "es"),
    ("cl", "es"),
    ("vn", "vi"),
    ("id", "id"),
    ("hr", "hr"),
    ("si", "sl"),
    ("sk", "sk"),
    ("uk", "en-GB"),
    ("in", "en-IN"),
    ("au", "en-AU"),
    ("nz", "en-NZ"),
    ("ie", "en-IE"),
    ("za", "en-ZA"),
    ("gov", "en-US"),
    ("mil", "en-US"),
    ("us", "en-US"),
    ("lk", "en-LK"),
    ("ng", "en-NG"),
    ("ke", "en-KE"),
];

/// The zone of the country that the host of `url` is in, by its top-level domain.
pub fn zone_of(url: &Url) -> Option<TimeZone> {
    let top = url.domain()?.rsplit('.').next()?;
    TimeZone::get(country_zone(top)?).ok()
}

fn country_zone(top: &str) -> Option<&'static str> {
    find(ZONES, top).filter(|_| top != "eu")
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
}

/// The language and zone of a page with this `text`.
pub(super) fn of(page: &Page, doc: &Doc, text: &str) -> (Option<String>, TimeZone) {
    let domain = page.url.domain().unwrap_or_default();
    let top = domain.rsplit('.').next().unwrap_or_default();
    let told = doc
        .language()
        .or_else(|| page.content_language.clone())
        .map(|tag| tag.replace('_', "-"))
        .filter(|tag| is_tag(tag));
    let written = written(text);
    let language = match (told, written) {
        // Templates say "en" of pages in any language; letters don't lie.
        (Some(told), Some(written)) if !same(&told, written) && !written.is_empty() => Some(written.to_owned()),
        (Some(told), _) => Some(told),
        (None, Some(written)) => Some(written.to_owned()),
        (None, None) => find(DOMAINS, top).map(str::to_owned),
    };
    // "en" of a British council, an Indian university: the order of day and month is the country's.
    let language = language.map(|tag| match find(DOMAINS, top) {
        Some(local) if tag.len() == 2 && local.len() > 2 && local.starts_with(&tag) => local.to_owned(),
        _ => tag,
    });
    let spoken = || {
        let tag = language.as_deref()?.to_ascii_lowercase();
        find(SPOKEN, &tag).or_else(|| find(SPOKEN, tag.split('-').next()?))
    };
    let zone = country_zone(top).or_else(spoken).or_else(|| find(ZONES, top));
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    (language, zone)
}

/// The language that letters alone tell.
fn written(text: &str) -> Option<&'static str> {
    let (mut hangul, mut kana, mut han, mut greek, mut thai, mut hebrew, mut ukrainian, mut cyrillic, mut all) =
        (0, 0, 0, 0, 0, 0, 0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()).take(6_000) {
        all += 1;
        match c {
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{4e00}'..='\u{9fff}' => han += 1,
            '\u{370}'..='\u{3ff}' => greek += 1,
            '\u{e00}'..='\u{e7f}' => thai += 1,
            '\u{590}'..='\u{5ff}' => hebrew += 1,
            'і' | 'ї' | 'є' | 'ґ' => ukrainian += 1,
            '\u{400}'..='\u{4ff}' => cyrillic += 1,
            _ => {}
        }
    }
    let much = |count: i32| count * 4 > all;
    if much(hangul) {
        Some("ko")
    } else if much((kana + han) / 2) && kana * 12 > han {
        Some("ja")
    } else if much(han) {
        Some("zh")
    } else if much(greek) {
        Some("el")
    } else if much(thai) {
        Some("th")
    } else if much(hebrew) {
        Some("he")
    } else if much(cyrillic + ukrainian) {
        Some(if ukrainian * 30 > cyrillic { "uk" } else { "ru" })
    } else {
        None
    }
}

/// Whether a page that says `told` may well be written in letters of `written`.
fn same(told: &str, written: &str) -> bool {
    let base = told.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let cyrillic = ["ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg"];
    base == written || cyrillic.contains(&base.as_str()) && cyrillic.contains(&written)
}

fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let base = parts.next().unwrap_or_default();
    (2..=3).contains(&base.len())
        && base.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use url::Url;

    use super::*;

    #[track_caller]
    fn check(url: &str, html: &str, language: Option<&str>, zone: &str) {
        let page = Page {
            url: Url::parse(url).expect("an address"),
            content_type: None,
            content_language: None,
            links: Vec::new(),
            body: Vec::new(),
            validators: Default::default(),
            fresh_for: None,
            moved: None,
            at: Timestamp::UNIX_EPOCH,
        };
        let doc = Doc::parse(html);
        let text = doc.body().map(|body| body.text()).unwrap_or_default();
        let (told, told_zone) = of(&page, &doc, &text);
        assert_eq!((told.as_deref(), told_zone.iana_name()), (language, Some(zone)));
    }

    #[test]
    fn a_page_says_where_it_is_from() {
        check("https://www.e.go.kr/", "공지사항", Some("ko"), "Asia/Seoul");
        check(
            "https://e.org/",
            "<html lang=en>공지사항입니다",
            Some("ko"),
            "Asia/Seoul",
        );
        check(
            "https://e.gov.uk/",
            "<html lang=en>News",
            Some("en-GB"),
            "Europe/London",
        );
        check("https://e.com/", "<html lang=ja>お知らせ", Some("ja"), "Asia/Tokyo");
        check("https://e.org/", "News", None, "UTC");
        check(
            "https://e.edu.tw/",
            "<html lang=zh-Hant>最新消息",
            Some("zh-Hant"),
            "Asia/Taipei",
        );
    }
}
