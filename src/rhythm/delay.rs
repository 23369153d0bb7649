//! When the next question is worth its price.

use super::week::touched;

/// Rates count as this power of themselves. The slowest notices gain more by it than the mean loses.
const EVEN: f64 = 0.85;

/// Between which waits to choose, in hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// No wait is shorter.
    pub shortest: f64,
    /// No wait is longer.
    pub longest: f64,
}

/// How many hours to wait from the hour of the week `from` on, where `rate` is the news an hour in each hour of the week and
/// one request costs as much as `price` notice-hours of delay.
///
/// Who asks at `b` leaves delay behind, what comes until then times how long it waits, and has the time from `b` on before
/// it. Time is worth what the best schedule would spend in it: the root of twice the price times the rate, in an hour of
/// a steady rate. The wait is that with the least delay beyond that worth. Where the rate does not change it is the root of
/// twice the price over the rate (Cho & Garcia-Molina 2003); where it falls, one looks once more as it does.
pub fn wait(rate: impl Fn(usize) -> f64, from: f64, price: f64, bounds: Bounds) -> f64 {
    let (mut news, mut beyond, mut hours) = (0.0, 0.0, 0.0);
    let (mut best, mut least) = (bounds.longest, f64::INFINITY);
    for (hour, length) in touched(from, bounds.longest) {
        let rate = tempered(rate(hour));
        let worth = (2.0 * price * rate).sqrt();
        let after = |within: f64| beyond + (news - worth) * within + rate * within * within / 2.0;
        let within = ((worth - news) / rate).max(bounds.shortest - hours).clamp(0.0, length);
        if after(within) < least && hours + within >= bounds.shortest {
            (best, least) = (hours + within, after(within));
        }
        beyond = after(length);
        news += rate * length;
        hours += length;
    }
    best.clamp(bounds.shortest, bounds.longest)
}

/// What a rate, in news an hour, counts.
pub(super) fn tempered(rate: f64) -> f64 {
    rate.max(1e-9).powf(EVEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        shortest: 0.1,
        longest: 24.0,
    };

    /// News only on working days from nine to six.
    fn office(hour: usize) -> f64 {
        let works = hour / 24 < 5 && (9..18).contains(&(hour % 24));
        if works { 0.5 } else { 0.001 }
    }

    #[test]
    fn with_a_steady_rate_the_wait_is_the_root_of_twice_the_price_over_the_rate() {
        for price in [0.1, 1.0, 10.0] {
            let found = wait(|_| 1.0, 0.3, price, BOUNDS);
            assert!((found - (2.0 * price).sqrt()).abs() < 1e-3, "{price}: {found}");
        }
    }

    #[test]
    fn waits_stay_between_their_bounds_whatever_is_expected() {
        for rate in [0.0, 1e-300, 1e300, f64::NAN, f64::INFINITY, -1.0] {
            for price in [0.0, 1e-9, 1.0, 1e9] {
                let found = wait(|_| rate, 9.0, price, BOUNDS);
                assert!((0.1..=24.0).contains(&found), "{rate} at {price}: {found}");
            }
        }
    }

    #[test]
    fn offices_are_asked_while_they_work_once_as_they_close_and_hardly_at_night() {
        assert!(wait(office, 10.0, 0.1, BOUNDS) < 1.0);
        assert!((17.9 - 17.5..0.7).contains(&wait(office, 17.5, 0.1, BOUNDS)));
        assert!(wait(office, 18.1, 0.1, BOUNDS) > 6.0);
    }
}
