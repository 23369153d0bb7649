//! A script as a row of words, texts and marks: enough to follow assignments and calls.

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, a keyword or a number.
    Word(String),
    /// A quoted text.
    Text(String),
    /// A text in backticks, with its `${…}` in place.
    Template(String),
    /// Anything else.
    Mark(char),
}

/// Longest text that is kept, in bytes.
const MAX_TEXT: usize = 2_048;

/// The tokens of `script`, without comments.
pub(super) fn tokens(script: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '/' if after.starts_with('/') => after.find('\n').map_or("", |end| &after[end..]),
            '/' if after.starts_with('*') => after.find("*/").map_or("", |end| &after[end + 2..]),
            '\'' | '"' => quoted(after, c, &mut tokens),
            '`' => quoted(after, c, &mut tokens),
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                if end <= MAX_TEXT {
                    tokens.push(Token::Word(rest[..end].to_owned()));
                }
                &rest[end..]
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token::Mark(c));
                }
                after
            }
        };
    }
    tokens
}

/// Reads a text up to its closing quote, or to the end of the line, where quotes of one line end.
fn quoted<'s>(script: &'s str, quote: char, tokens: &mut Vec<Token>) -> &'s str {
    let mut text = String::new();
    let mut chars = script.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                if let Some((_, next)) = chars.next() {
                    text.push(next);
                }
            }
            c if c == quote => {
                if text.len() <= MAX_TEXT {
                    tokens.push(if quote == '`' {
                        Token::Template(text)
                    } else {
                        Token::Text(text)
                    });
                }
                return &script[at + 1..];
            }
            '\n' if quote != '`' => return &script[at..],
            c if text.len() <= MAX_TEXT => text.push(c),
            _ => {}
        }
    }
    ""
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}
