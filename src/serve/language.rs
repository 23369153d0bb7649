//! The languages of the pages: which one a visitor reads, its words, and how its people write dates.

use std::{collections::BTreeMap, time::Duration};

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};
use jiff::{Zoned, civil};

use super::preferences;

/// A language that the pages are written in. A closed set: one file each in `locales`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Language {
    English,
    Korean,
}

/// A visitor's language, and whether the address says so: then links say it too, since nothing else remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spoken {
    pub(super) language: Language,
    pub(super) asked_for: bool,
}

/// The words of one language, by name.
pub(super) type Words = BTreeMap<String, String>;

/// The words of all languages.
#[derive(Debug)]
pub(super) struct Dictionary {
    english: Words,
    korean: Words,
}

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// BCP 47 tag.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language that `tag` (BCP 47) means.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// `10 November 2020` or `2020년 11월 10일`.
    pub(super) fn day(self, day: civil::Date) -> String {
        match self {
            Self::English => day.strftime("%-d %B %Y").to_string(),
            Self::Korean => day.strftime("%Y년 %-m월 %-d일").to_string(),
        }
    }

    /// `Tuesday, 10 November 2020` or `2020년 11월 10일 화요일`.
    pub(super) fn day_of_week(self, day: civil::Date) -> String {
        match self {
            Self::English => day.strftime("%A, %-d %B %Y").to_string(),
            Self::Korean => {
                let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
                format!("{} {}요일", self.day(day), self.weekdays()[weekday])
            }
        }
    }

    /// The days of the week, short, from Monday.
    pub(super) fn weekdays(self) -> [&'static str; 7] {
        match self {
            Self::English => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            Self::Korean => ["월", "화", "수", "목", "금", "토", "일"],
        }
    }

    /// Some days of the week, in its order: `Mon–Fri, Sun`, `월–금, 일요일`. Two that follow each other are named one by one.
    pub(super) fn weekdays_in_words(self, days: &[usize]) -> String {
        let runs = days.chunk_by(|day, next| day + 1 == *next);
        let name = |day: &usize| self.weekdays().get(*day).copied().unwrap_or_default();
        let told = runs.map(|run| match run {
            [first, .., last] if run.len() > 2 => format!("{}–{}", name(first), name(last)),
            run => run.iter().map(name).collect::<Vec<_>>().join(", "),
        });
        let told = told.collect::<Vec<_>>().join(", ");
        match self {
            Self::English => told,
            Self::Korean => format!("{told}요일"),
        }
    }

    /// A length of time in its largest whole unit: `10 minutes`, `1 hour`, `90분`.
    pub(super) fn span(self, span: Duration) -> String {
        let seconds = span.as_secs();
        let (count, english, korean) = match seconds {
            _ if seconds > 0 && seconds.is_multiple_of(86_400) => (seconds / 86_400, "day", "일"),
            _ if seconds > 0 && seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour", "시간"),
            _ if seconds >= 60 => (seconds / 60, "minute", "분"),
            _ => (seconds, "second", "초"),
        };
        match self {
            Self::English if count == 1 => format!("1 {english}"),
            Self::English => format!("{count} {english}s"),
            Self::Korean => format!("{count}{korean}"),
        }
    }

    /// A day and the time on it, with the offset that the clock on the wall had.
    pub(super) fn moment(self, at: &Zoned) -> String {
        let time = at.strftime("%H:%M");
        let offset = at.strftime("%:z").to_string();
        let offset = offset.strip_suffix(":00").unwrap_or(&offset);
        let day = self.day(at.date());
        match self {
            Self::English => format!("{day}, {time} (UTC{offset})"),
            Self::Korean => format!("{day} {time} (UTC{offset})"),
        }
    }

    /// A size of a file.
    pub(super) fn size(self, bytes: u64) -> String {
        const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
        if bytes < 1000 {
            return format!("{bytes} B");
        }
        let mut tenths = bytes.saturating_mul(10) / 1000;
        let mut unit = 0;
        while tenths >= 10_000 && unit + 1 < UNITS.len() {
            tenths /= 1000;
            unit += 1;
        }
        if tenths >= 100 {
            format!("{} {}", tenths / 10, UNITS[unit])
        } else {
            format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
        }
    }
}

impl Spoken {
    /// What `?lang=` says, else the best of `Accept-Language`, else English.
    pub(super) fn of(query: Option<&str>, asked: &HeaderMap) -> Self {
        let by_address = query
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="))
            .and_then(Language::of_tag);
        if let Some(language) = by_address {
            return Self {
                language,
                asked_for: true,
            };
        }
        let mut best = (Language::English, 0.0f32);
        for (tag, weight) in preferences::of(asked, &ACCEPT_LANGUAGE) {
            if let Some(language) = Language::of_tag(tag)
                && weight > best.1
            {
                best = (language, weight);
            }
        }
        Self {
            language: best.0,
            asked_for: false,
        }
    }

    /// What links within the site end with.
    pub(super) fn suffix(self) -> String {
        if self.asked_for {
            format!("?lang={}", self.language.tag())
        } else {
            String::new()
        }
    }
}

impl Dictionary {
    pub(super) fn read() -> Result<Self, toml::de::Error> {
        Ok(Self {
            english: toml::from_str(include_str!("locales/en.toml"))?,
            korean: toml::from_str(include_str!("locales/ko.toml"))?,
        })
    }

    pub(super) fn words(&self, language: Language) -> &Words {
        match language {
            Language::English => &self.english,
            Language::Korean => &self.korean,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn every_language_has_the_same_words_with_the_same_gaps() {
        let dictionary = Dictionary::read().expect("word lists");
        let gaps = |words: &Words| -> BTreeMap<String, Vec<String>> {
            let gap = regex::Regex::new(r"\{\w+\}").expect("a pattern");
            let found = |text: &str| gap.find_iter(text).map(|found| found.as_str().to_owned()).collect();
            words.iter().map(|(name, text)| (name.clone(), found(text))).collect()
        };
        let english = gaps(dictionary.words(Language::English));
        for language in Language::ALL {
            assert_eq!(gaps(dictionary.words(language)), english, "{language:?}");
            assert!(
                dictionary.words(language).values().all(|text| !text.trim().is_empty()),
                "{language:?}"
            );
        }
    }

    #[test]
    fn dates_are_written_as_people_write_them() {
        let day = civil::date(2020, 11, 10);
        assert_eq!(Language::English.day_of_week(day), "Tuesday, 10 November 2020");
        assert_eq!(Language::Korean.day_of_week(day), "2020년 11월 10일 화요일");
        let at = "2020-11-10T09:05:00+09:00[Asia/Seoul]".parse().expect("a moment");
        assert_eq!(Language::English.moment(&at), "10 November 2020, 09:05 (UTC+09)");
    }

    #[test]
    fn days_of_the_week_and_lengths_of_time_are_told_in_words() {
        let told =
            |days: &[usize]| [Language::English, Language::Korean].map(|language| language.weekdays_in_words(days));
        assert_eq!(told(&[0, 1, 2, 3, 4]), ["Mon–Fri", "월–금요일"]);
        assert_eq!(told(&[0, 1, 3, 6]), ["Mon, Tue, Thu, Sun", "월, 화, 목, 일요일"]);
        let spans = [45, 600, 3_600, 5_400, 86_400].map(|seconds| Language::English.span(Duration::from_secs(seconds)));
        assert_eq!(spans, ["45 seconds", "10 minutes", "1 hour", "90 minutes", "1 day"]);
        assert_eq!(Language::Korean.span(Duration::from_secs(7_200)), "2시간");
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [5, 1234, 98_765, 1_234_567, 12_345_678_900].map(|bytes| Language::English.size(bytes));
        assert_eq!(sizes, ["5 B", "1.2 KB", "98 KB", "1.2 MB", "12 GB"]);
    }

    #[test]
    fn the_address_wins_over_the_browser() {
        let mut asked = HeaderMap::new();
        asked.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("fr, ko-KR;q=0.8, en;q=0.5"));
        let spoken = |query| Spoken::of(query, &asked);
        assert_eq!(
            (spoken(None).language, spoken(None).asked_for),
            (Language::Korean, false)
        );
        assert_eq!(spoken(Some("lang=en")).suffix(), "?lang=en");
        assert_eq!(spoken(Some("lang=xx")).language, Language::Korean);
        asked.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en; q=0.1, ko; q=0.9"));
        assert_eq!(Spoken::of(None, &asked).language, Language::Korean);
        assert_eq!(Spoken::of(None, &HeaderMap::new()).language, Language::English);
    }
}
