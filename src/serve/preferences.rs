//! Lists of what a reader prefers, each with a weight: `Accept-Encoding`, `Accept-Language` (RFC 9110 §12.4.2).

use axum::http::{HeaderMap, HeaderName};

/// Most items of one line that are read.
const MOST: usize = 32;

/// The items of all lines of `name`, in order, each with its weight: 1 when none is told, 0 when it can't be read.
pub(super) fn of<'a>(asked: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = (&'a str, f32)> {
    asked
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(',').take(MOST))
        .map(|item| {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            (name.trim(), weight(parameters))
        })
}

fn weight(parameters: &str) -> f32 {
    let told = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let Some(told) = told else { return 1.0 };
    let weight = told.parse().unwrap_or(0.0);
    if (0.0..=1.0).contains(&weight) { weight } else { 0.0 }
}
