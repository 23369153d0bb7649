//! How instants are written: with numeric offsets only, because readers guess differently what a zone's name means.

use jiff::{Zoned, tz::TimeZone};

/// RFC 3339, to the second: `2020-11-10T00:00:00+09:00`.
pub(super) fn rfc3339(at: &Zoned) -> String {
    writable(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// RFC 822 with a year of four digits: `Tue, 10 Nov 2020 00:00:00 +0900`.
pub(super) fn rfc822(at: &Zoned) -> String {
    writable(at).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// `at` with an offset that both formats can write: in whole minutes (before 1908 Seoul's had seconds), in a year of four
/// digits that is not before the first.
pub(super) fn writable(at: &Zoned) -> Zoned {
    let minutes = at.offset().seconds() % 60 == 0;
    if minutes && at.year() > 0 {
        return at.clone();
    }
    let utc = at.with_time_zone(TimeZone::UTC);
    if utc.year() > 0 {
        utc
    } else {
        jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[track_caller]
    fn check(instant: &str, zone: &str, expected: [&str; 2]) {
        let zone = TimeZone::get(zone).expect("a zone");
        let at = instant.parse::<Timestamp>().expect("an instant").to_zoned(zone);
        assert_eq!([rfc3339(&at), rfc822(&at)], expected);
    }

    #[test]
    fn offsets_are_numbers() {
        check(
            "2020-11-09T15:00:00Z",
            "Asia/Seoul",
            ["2020-11-10T00:00:00+09:00", "Tue, 10 Nov 2020 00:00:00 +0900"],
        );
        check(
            "2020-01-05T15:00:00.123456Z",
            "UTC",
            ["2020-01-05T15:00:00+00:00", "Sun, 05 Jan 2020 15:00:00 +0000"],
        );
    }

    #[test]
    fn an_offset_with_seconds_is_written_as_utc() {
        check(
            "1900-01-01T00:00:00Z",
            "Asia/Seoul",
            ["1900-01-01T00:00:00+00:00", "Mon, 01 Jan 1900 00:00:00 +0000"],
        );
    }
}
