//! What one request may cost, so that as many are made as the budget has.

use super::{Bounds, HOURS, Week, delay::tempered};

/// Prices are looked for between these, in notice-hours.
const CHEAPEST: f64 = 1e-7;
const DEAREST: f64 = 1e5;

/// So many halvings between the two find a price to a thousandth.
const HALVINGS: u32 = 36;

/// The price of a request, in notice-hours of delay, at which sources with these weeks and bounds make `weekly` requests a
/// week together: all that a request gains less than this for is not asked.
pub(super) fn price(sources: &[(Week, Bounds)], weekly: f64) -> f64 {
    let haste: Vec<[f32; HOURS]> = sources
        .iter()
        .map(|(week, _)| std::array::from_fn(|hour| (tempered(week.rate(hour)) / 2.0).sqrt() as f32))
        .collect();
    let requests = |price: f64| -> f64 {
        let cost = price.sqrt() as f32;
        let each = haste.iter().zip(sources).map(|(haste, (_, bounds))| {
            let (fewest, most) = ((1.0 / bounds.longest) as f32, (1.0 / bounds.shortest) as f32);
            haste
                .iter()
                .map(|haste| (haste / cost).max(fewest).min(most))
                .sum::<f32>()
        });
        each.map(f64::from).sum()
    };
    let (mut cheap, mut dear) = (CHEAPEST, DEAREST);
    for _ in 0..HALVINGS {
        let middle = f64::sqrt(cheap * dear);
        if requests(middle) > weekly {
            cheap = middle;
        } else {
            dear = middle;
        }
    }
    dear
}
