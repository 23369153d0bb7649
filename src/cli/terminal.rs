//! Plain text, tables and relative times for people at a terminal.

use std::{
    fmt,
    io::{self, Write},
};

use jiff::Timestamp;

/// Writes a line to standard output. A reader who has seen enough (`| head`) is an error of the kind `BrokenPipe`, which
/// the program takes for a success.
pub(super) fn say(line: impl fmt::Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Rows of aligned columns; the last column is as wide as it likes.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(head: [&str; N]) -> Self {
        Self {
            rows: vec![head.map(|name| name.to_uppercase())],
        }
    }

    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows
            .push(cells.map(|cell| cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()));
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |nth: usize| self.rows.iter().map(|row| columns(&row[nth])).max().unwrap_or(0);
        let widths: [usize; N] = std::array::from_fn(width);
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(columns(cell)) + 2));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// How many columns of a terminal `text` takes: two for what East Asian terminals draw wide.
fn columns(text: &str) -> usize {
    let wide = |c: char| matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// "3 minutes ago", "in 2 hours", "now".
pub(super) fn relative(then: Timestamp, now: Timestamp) -> String {
    let seconds = then.duration_since(now).as_secs();
    let (amount, unit) = match seconds.unsigned_abs() {
        0..=4 => return "now".to_owned(),
        s @ 5..=89 => (s, "second"),
        s @ 90..=5399 => (s.div_ceil(60), "minute"),
        s @ 5400..=172_799 => (s / 3600, "hour"),
        s => (s / 86_400, "day"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    if seconds < 0 {
        format!("{amount} {unit}{plural} ago")
    } else {
        format!("in {amount} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn korean_text_keeps_the_columns_straight() {
        let mut table = Table::new(["name", "n"]);
        table.row(["공지".into(), "1".into()]);
        table.row(["abcd".into(), "2".into()]);
        assert_eq!(table.to_string(), "NAME  N\n공지  1\nabcd  2\n");
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert_eq!(relative(now, now), "now");
        assert_eq!(relative(now - Duration::from_secs(120), now), "2 minutes ago");
        assert_eq!(relative(now + Duration::from_secs(7200), now), "in 2 hours");
    }
}
