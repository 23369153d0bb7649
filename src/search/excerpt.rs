//! Part of a text around what was searched for.

use super::Query;

/// Longest text that is looked through, in bytes.
const MOST: usize = 64 << 10;

/// So many bytes stand before the first mark of an excerpt, about.
const BEFORE: usize = 90;

/// Part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text, as it is written.
    pub text: String,
    /// Whether it was searched for.
    pub marked: bool,
}

/// Part of a text around what was searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Whether anything was found.
    pub found: bool,
}

/// At most `room` bytes or so of `text`, from shortly before the first words that `query` asks for, or from its beginning.
pub fn excerpt(text: &str, query: &Query, room: usize) -> Excerpt {
    let text = &text[..floor(text, MOST)];
    let marks = query.places(text);
    let first = marks.first().map_or(0, |mark| mark.start);
    let start = match first {
        near if near <= BEFORE || text.len() <= room => 0,
        far => word_after(text, floor(text, far - BEFORE), far),
    };
    let end = match text.len() {
        short if short - start <= room => short,
        _ => word_before(text, start, floor(text, start + room)),
    };
    let mut pieces = Vec::new();
    let mut at = start;
    let mut push = |text: &str, marked| {
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.to_owned(),
                marked,
            });
        }
    };
    if start > 0 {
        push("… ", false);
    }
    for mark in marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
        push(&text[at..mark.start], false);
        push(&text[mark.clone()], true);
        at = mark.end;
    }
    push(&text[at..end], false);
    if end < text.len() {
        push(" …", false);
    }
    Excerpt {
        pieces,
        found: !marks.is_empty(),
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The first beginning of a word behind `at`, at `most` where there is none.
fn word_after(text: &str, at: usize, most: usize) -> usize {
    match text[at..most].find(char::is_whitespace) {
        Some(space) => most - text[at + space..most].trim_start().len(),
        None => at,
    }
}

/// The last end of a word before `at`, unless that would leave less than half.
fn word_before(text: &str, from: usize, at: usize) -> usize {
    match text[from..at].rfind(char::is_whitespace) {
        Some(space) if space > (at - from) / 2 => from + text[from..from + space].trim_end().len(),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, told: &str, room: usize, expected: &str) {
        let query: Query = told.parse().expect("a query");
        let excerpt = excerpt(text, &query, room);
        let piece = |piece: &Piece| match piece.marked {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        };
        assert_eq!(excerpt.pieces.iter().map(piece).collect::<String>(), expected);
    }

    #[test]
    fn what_was_searched_for_is_marked_where_it_stands() {
        check("Water off: Wasser", "water", 100, "[Water] off: Wasser");
        check("Waters <b>", "wat", 100, "[Waters] <b>");
        check("물을 아껴 주십시오", "물", 100, "[물]을 아껴 주십시오");
        check("내일 단수 안내문", "단수안내", 100, "내일 [단수 안내]문");
        check("주민설명회", "주민 설명회", 100, "[주민설명회]");
        check("Ｗater", "water -off", 100, "[Ｗater]");
        check("nothing here", "water", 100, "nothing here");
    }

    #[test]
    fn a_long_text_is_shown_around_the_first_of_them() {
        let text = format!("{}the water is off {}", "word ".repeat(40), "again ".repeat(40));
        let shown = format!("… {}the [water] is off again again again …", "word ".repeat(17));
        check(&text, "water", 120, &shown);
        check(&"가".repeat(100), "water", 30, &format!("{} …", "가".repeat(10)));
    }
}
