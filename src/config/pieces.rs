//! Cuts the text of a configuration into its sources and the rest, so that a hundred thousand sources need not be laid out in
//! memory at once.
//!
//! Knows lines that look like headers, and no more of TOML: where such a line is something else, a piece is no TOML by itself.

/// The pieces of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pieces<'t> {
    /// Each `[[source]]` with its tables, in order.
    pub(super) sources: Vec<&'t str>,
    /// What is left.
    pub(super) rest: String,
}

impl<'t> Pieces<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut pieces = Self::default();
        let (mut begin, mut at) = (0, 0);
        for line in text.split_inclusive('\n') {
            if begins_a_piece(line.trim_start()) {
                pieces.take(&text[begin..at]);
                begin = at;
            }
            at += line.len();
        }
        pieces.take(&text[begin..]);
        pieces
    }

    fn take(&mut self, piece: &'t str) {
        match is_source(piece.trim_start()) {
            true => self.sources.push(piece),
            false => self.rest.push_str(piece),
        }
    }
}

fn is_source(text: &str) -> bool {
    text.starts_with("[[source]]")
}

/// Whether the line is the header of a table that is not a source's own.
fn begins_a_piece(line: &str) -> bool {
    is_source(line) || line.starts_with('[') && !line.starts_with("[source.") && !line.starts_with("[[source.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, sources: &[&str], rest: &str) {
        let (sources, rest) = (sources.to_vec(), rest.to_owned());
        assert_eq!(Pieces::of(text), Pieces { sources, rest });
    }

    #[test]
    fn a_source_ends_where_a_table_begins_that_is_not_its_own() {
        check("", &[], "");
        check("a = 1\n[[source]]\nid = 1", &["[[source]]\nid = 1"], "a = 1\n");
        check(
            "[[source]]\nid = 1\n  [source.board]\nrow = 2\n\n[server]\nc = 3\n[[source]]\n[[search]]\n",
            &["[[source]]\nid = 1\n  [source.board]\nrow = 2\n\n", "[[source]]\n"],
            "[server]\nc = 3\n[[search]]\n",
        );
    }
}
