//! Years and months of other calendars as ours.

use jiff::civil::Date;

/// A year of the Japanese eras, the Republic of China, the Buddhist calendar, as a year of ours.
pub(super) fn era_year(era: Era, year: i16) -> Option<i16> {
    let before_first = match era {
        Era::Reiwa => 2018,
        Era::Heisei => 1988,
        Era::Showa => 1925,
        Era::Taisho => 1911,
        Era::Minguo => 1911,
        Era::Buddhist => -543,
    };
    year.checked_add(before_first)
}

/// A count of years that does not begin with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    Reiwa,
    Heisei,
    Showa,
    Taisho,
    Minguo,
    Buddhist,
}

/// A day of the Solar Hijri calendar, by the 33-year rule that holds from 1178 to 1633 of it.
pub(super) fn jalali(year: i16, month: i8, day: i8) -> Option<Date> {
    let last = match month {
        1..=6 => 31,
        7..=12 => 30,
        _ => return None,
    };
    if !(1200..=1600).contains(&year) || !(1..=last).contains(&day) {
        return None;
    }
    let years = i32::from(year) - 1200;
    let leaps = (0..years)
        .filter(|past| matches!((past + 1200) % 33, 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30))
        .count();
    let month = i32::from(month) - 1;
    let days = years * 365 + i32::try_from(leaps).ok()? + month * 31 - (month - 6).max(0) + i32::from(day) - 1;
    // 1 Farvardin 1200.
    Date::new(1821, 3, 21)
        .ok()?
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solar_hijri_days_are_ours() {
        for (year, month, day, ours) in [
            (1399, 8, 20, "2020-11-10"),
            (1400, 1, 1, "2021-03-21"),
            (1399, 12, 30, "2021-03-20"),
            (1403, 1, 1, "2024-03-20"),
            (1404, 1, 1, "2025-03-21"),
        ] {
            assert_eq!(
                jalali(year, month, day).map(|date| date.to_string()).as_deref(),
                Some(ours)
            );
        }
    }
}
