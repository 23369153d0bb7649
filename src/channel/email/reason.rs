//! Why somebody gets a mail, in words: which part of what they follow it comes from.

/// Most names, words or subscriptions that are told one by one.
const MOST: usize = 5;

/// A subscription that a mail comes from, as far as it has to do with what the mail tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Its sources, by name.
    pub sources: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its words that stand in what is told.
    pub words: Vec<String>,
    /// Its search.
    pub search: Option<String>,
}

/// What ends "you get this mail because you follow", in Korean or in English.
pub(super) fn phrase(reasons: &[Reason], language: &str) -> String {
    let ko = language.starts_with("ko");
    let one = |reason: &Reason| if ko { korean(reason) } else { english(reason) };
    let mut phrases: Vec<String> = reasons.iter().take(MOST).map(one).collect();
    phrases.dedup();
    match (reasons.len().saturating_sub(MOST), ko) {
        (0, _) => {}
        (more, true) => phrases.push(format!("그 밖의 구독 {more}건")),
        (more, false) => phrases.push(format!("what {more} more of your subscriptions name")),
    }
    match (phrases.is_empty(), ko) {
        (true, true) => ALL_KO.to_owned(),
        (true, false) => ALL_EN.to_owned(),
        (false, _) => phrases.join("; "),
    }
}

const ALL_EN: &str = "everything here";
const ALL_KO: &str = "모든 공지";

fn english(reason: &Reason) -> String {
    let quoted = |what: &str, texts: &[String]| {
        let plural = if texts.len() == 1 { "" } else { "s" };
        let texts: Vec<String> = texts.iter().map(|text| format!("“{text}”")).collect();
        (!texts.is_empty()).then(|| format!("the {what}{plural} {}", few(texts, |n| format!("{n} more"))))
    };
    let sources = few(reason.sources.clone(), |n| format!("{n} more"));
    let parts = [
        Some(sources).filter(|sources| !sources.is_empty()),
        quoted("tag", &reason.tags),
        quoted("word", &reason.words),
        quoted("search", reason.search.as_slice()),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => ALL_EN.to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn korean(reason: &Reason) -> String {
    let quoted = |what: &str, texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| format!("‘{text}’")).collect();
        (!texts.is_empty()).then(|| format!("{what} {}", few(texts, |n| format!("외 {n}개"))))
    };
    let sources = few(reason.sources.clone(), |n| format!("외 {n}곳"));
    let parts = [
        Some(sources).filter(|sources| !sources.is_empty()),
        quoted("태그", &reason.tags),
        quoted("단어", &reason.words),
        quoted("검색", reason.search.as_slice()),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => ALL_KO.to_owned(),
        parts => parts.join(", "),
    }
}

/// The first of `texts`, and how many there are besides.
fn few(mut texts: Vec<String>, more: impl Fn(usize) -> String) -> String {
    let rest = texts.len().saturating_sub(MOST);
    texts.truncate(MOST);
    if rest > 0 {
        texts.push(more(rest));
    }
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[track_caller]
    fn check(reasons: &[Reason], en: &str, ko: &str) {
        assert_eq!(phrase(reasons, "en"), en);
        assert_eq!(phrase(reasons, "ko-KR"), ko);
    }

    #[test]
    fn it_names_what_of_a_subscription_fits() {
        let everything = Reason::default();
        check(std::slice::from_ref(&everything), "everything here", "모든 공지");
        check(&[], "everything here", "모든 공지");
        let word = Reason {
            sources: texts(&["MOIS News"]),
            words: texts(&["digital"]),
            ..everything.clone()
        };
        check(
            std::slice::from_ref(&word),
            "MOIS News and the word “digital”",
            "MOIS News, 단어 ‘digital’",
        );
        let search = Reason {
            tags: texts(&["roads", "water"]),
            search: Some("gas -sewer".to_owned()),
            ..everything
        };
        check(
            &[word, search],
            "MOIS News and the word “digital”; the tags “roads”, “water” and the search “gas -sewer”",
            "MOIS News, 단어 ‘digital’; 태그 ‘roads’, ‘water’, 검색 ‘gas -sewer’",
        );
    }

    #[test]
    fn it_stays_short_whatever_somebody_follows() {
        let many = Reason {
            sources: (1..=9).map(|n| format!("S{n}")).collect(),
            ..Reason::default()
        };
        check(&[many], "S1, S2, S3, S4, S5, 4 more", "S1, S2, S3, S4, S5, 외 4곳");
        let reasons: Vec<Reason> = (1..=7)
            .map(|n| Reason {
                sources: vec![format!("S{n}")],
                ..Reason::default()
            })
            .collect();
        let short = phrase(&reasons, "en");
        assert!(short.ends_with("S5; what 2 more of your subscriptions name"), "{short}");
    }
}
