//! Dates as the configuration says that they are written (strptime), with the names of months and days in any language.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, fmt::strtime::BrokenDownTime, tz::TimeZone};

use super::date_words;

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 200;

/// A pattern such as `%d/%m/%y %H:%M`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    pattern: String,
    /// Decides what a name means that means something else in another language.
    language: Option<String>,
}

/// A text that is no [`DateFormat`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} doesn't say which day it is: {why}; write it as strptime does, such as \"%d/%m/%Y\" or \"%y.%m.%d %H:%M\""
)]
pub struct BadDateFormat {
    text: String,
    why: String,
}

impl DateFormat {
    /// The same, for texts in `language`.
    #[must_use]
    pub fn of_language(self, language: Option<&str>) -> Self {
        let language = language.map(str::to_owned);
        Self { language, ..self }
    }

    /// The date at the beginning of `text` in the words of ISO 8601, or as `13 Jul` where the pattern has no year; `None` when
    /// it is written otherwise.
    pub fn read(&self, text: &str) -> Option<String> {
        let (format, text) = date_words::in_english(&self.pattern, text.trim(), self.language.as_deref())?;
        let (told, _) = BrokenDownTime::parse_prefix(&format, &text).ok()?;
        if let (Ok(instant), true) = (told.to_timestamp(), told.offset().is_some() || self.counts_seconds()) {
            let offset = told.offset().unwrap_or(jiff::tz::Offset::UTC);
            return Some(instant.display_with_offset(offset).to_string());
        }
        match (told.to_date(), told.to_time()) {
            (Ok(day), Ok(time)) if told.hour().is_some() => Some(day.to_datetime(time).to_string()),
            (Ok(day), _) => Some(day.to_string()),
            (Err(_), _) if told.year().is_some() => None,
            (Err(_), _) => Some(format!("{} {}", told.day()?, date_words::month(told.month()?)?)),
        }
    }

    fn counts_seconds(&self) -> bool {
        self.pattern.contains("%s")
    }
}

impl FromStr for DateFormat {
    type Err = BadDateFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bad = |why: String| BadDateFormat {
            text: text.chars().take(MAX_BYTES).collect(),
            why,
        };
        if text.len() > MAX_BYTES {
            return Err(bad("it is too long".to_owned()));
        }
        // What is written by the pattern must be read by it.
        let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let written = BrokenDownTime::from(&sample)
            .to_string(text)
            .map_err(|error| bad(error.to_string()))?;
        let format = Self {
            pattern: text.to_owned(),
            language: None,
        };
        match format.read(&written) {
            Some(_) => Ok(format),
            None => Err(bad("a day written by it can't be read by it".to_owned())),
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, text: &str, expected: Option<&str>) {
        let format: DateFormat = format.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(format.read(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_are_read_as_precisely_as_they_are_told() {
        check("%d/%m/%y", "03/04/25", Some("2025-04-03"));
        check("%d/%m/%y", " 03/04/25 (Thu)", Some("2025-04-03"));
        check("%m/%d/%Y %I:%M %p", "04/03/2025 3:05 PM", Some("2025-04-03T15:05:00"));
        check("%Y%m%d%H%M", "202504031505", Some("2025-04-03T15:05:00"));
        check(
            "%Y-%m-%dT%H:%M:%S%z",
            "2025-04-03T15:05:00+0900",
            Some("2025-04-03T15:05:00+09:00"),
        );
        check("%s", "1743660300", Some("2025-04-03T06:05:00+00:00"));
        check("%d. %b", "3. Apr", Some("3 Apr"));
    }

    #[test]
    fn months_and_weekdays_are_read_in_the_languages_of_boards() {
        check("%d %B %Y", "3 mars 2025", Some("2025-03-03"));
        check("%A %d %B %Y", "mardi 4 août 2020", Some("2020-08-04"));
        check("%a. %d %b %Y", "mar. 4 févr. 2020", Some("2020-02-04"));
        check("%a %b %d, %Y", "Lun Mar 3, 2025", Some("2025-03-03"));
        check(
            "%A, %d. %B %Y %H:%M",
            "Dienstag, 04. März 2025 09:30 Uhr",
            Some("2025-03-04T09:30:00"),
        );
        check("%d %B %Y", "4 февраля 2020 г.", Some("2020-02-04"));
        check("%d %b %y", "4 ม.ค. 20", Some("2020-01-04"));
        check("%A, %d/%m/%Y", "segunda-feira, 03/03/2025", Some("2025-03-03"));
        check("%A, %d/%m/%Y", "Thứ Hai, 03/03/2025", Some("2025-03-03"));
        check("%Y.%m.%d(%a)", "2025.03.03(월)", Some("2025-03-03"));
        check("%Y年%m月%d日%A", "2025年03月03日月曜日", Some("2025-03-03"));
        check("%y.%m.%d %p %I:%M", "25.03.03 오후 3:05", Some("2025-03-03T15:05:00"));
        check("%-d%b%Y", "3MAI2025", Some("2025-05-03"));
        check("%d %B", "3 mai", Some("3 May"));
        check("%d %B %Y", "3 foo 2025", None);
        check("%d %B %Y", "3", None);
        check("%a %d/%m/%y", "foo 03/04/25", None);
    }

    #[test]
    fn a_name_means_what_it_means_in_the_source_s_language() {
        let format: DateFormat = "%d. %B %Y.".parse().expect("a pattern");
        for (language, expected) in [
            (None, "2025-11-03"),
            (Some("pl"), "2025-11-03"),
            (Some("hr-HR"), "2025-10-03"),
        ] {
            let read = format.clone().of_language(language).read("3. listopada 2025.");
            assert_eq!(read.as_deref(), Some(expected), "{language:?}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_no_date() {
        for text in ["", "soon", "2025-04-03", "33/04/25", "31/02/25"] {
            check("%d/%m/%y", text, None);
        }
    }

    #[test]
    fn a_pattern_without_a_day_is_refused() {
        for wrong in ["", "day", "%H:%M", "%Y-%m", "%d/%q", "%"] {
            assert!(wrong.parse::<DateFormat>().is_err(), "{wrong:?}");
        }
    }
}
