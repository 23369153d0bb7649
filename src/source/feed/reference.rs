//! References in text: `&amp;`, `&#x26;`, and what a document calls its own.
//!
//! Names are those of HTML, because feeds use them without declaring them. A `&` that begins no reference is an ampersand.
//! Numbers from 128 to 159 are what browsers take them for: Windows-1252.

use std::{borrow::Cow, cell::Cell};

use encoding_rs::WINDOWS_1252;
use markup5ever::data::NAMED_ENTITIES;
use memchr::memchr;

/// Longest name of a reference, in bytes.
const LONGEST_NAME: usize = 32;

/// Most entities that a document may declare, and how long each may be, in bytes.
const MAX_ENTITIES: usize = 256;
const LONGEST_VALUE: usize = 1024;

/// How many bytes the entities of a document may expand to in all: more is a bomb.
const MAX_EXPANSION: usize = 256 << 10;

/// What a document declares in its type (XML 1.0 §4.2), as far as it can be used: short texts. What stands in other files
/// is never read, and an entity inside an entity stays as it is.
#[derive(Default)]
pub(super) struct Entities<'a> {
    declared: Vec<(&'a str, &'a str)>,
    expanded: Cell<usize>,
}

impl<'a> Entities<'a> {
    /// Those of a document type's internal subset.
    pub(super) fn declared_in(subset: &'a str) -> Self {
        let declared = subset
            .split("<!ENTITY")
            .skip(1)
            .take(MAX_ENTITIES)
            .filter_map(|declaration| {
                let (name, value) = declaration.trim_start().split_once(|c: char| c.is_ascii_whitespace())?;
                let value = value.trim_start();
                let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
                let (value, _) = value[1..].split_once(quote)?;
                (name != "%" && value.len() <= LONGEST_VALUE).then_some((name, value))
            })
            .collect();
        Self {
            declared,
            expanded: Cell::new(0),
        }
    }

    /// Whether the document declares none.
    pub(super) fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    /// `text` with its references resolved.
    pub(super) fn resolve<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match memchr(b'&', text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(first) => {
                let mut resolved = String::with_capacity(text.len());
                self.resolve_into(&mut resolved, text, first);
                Cow::Owned(resolved)
            }
        }
    }

    fn resolve_into(&self, out: &mut String, text: &str, first: usize) {
        let (before, mut rest) = text.split_at(first);
        out.push_str(before);
        // `rest` begins with an ampersand.
        while let Some(behind) = rest.get(1..) {
            let taken = 1 + self.push(out, behind).unwrap_or_else(|| {
                out.push('&');
                0
            });
            let after = &rest[taken..];
            let next = memchr(b'&', after.as_bytes()).unwrap_or(after.len());
            out.push_str(&after[..next]);
            rest = &after[next..];
        }
    }

    /// Appends what the reference stands for whose ampersand is before `text`; its length, without the ampersand. `None` when
    /// it is no reference.
    fn push(&self, out: &mut String, text: &str) -> Option<usize> {
        let (c, length) = match text.as_bytes() {
            [b'l', b't', b';', ..] => ('<', 3),
            [b'g', b't', b';', ..] => ('>', 3),
            [b'a', b'm', b'p', b';', ..] => ('&', 4),
            [b'q', b'u', b'o', b't', b';', ..] => ('"', 5),
            [b'a', b'p', b'o', b's', b';', ..] => ('\'', 5),
            _ => {
                let name = name_of(text)?;
                self.push_named(out, name)?;
                return Some(name.len() + 1);
            }
        };
        out.push(c);
        Some(length)
    }

    fn push_named(&self, out: &mut String, name: &str) -> Option<()> {
        if let Some(number) = name.strip_prefix('#') {
            out.extend(number_of(number)?);
        } else if let Some(value) = self.value(name) {
            out.push_str(&Entities::default().resolve(value));
        } else {
            out.extend(of_html(name)?.into_iter().flatten());
        }
        Some(())
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.declared.iter().find(|(declared, _)| *declared == name)?;
        let expanded = self.expanded.get() + value.len();
        self.expanded.set(expanded);
        (expanded <= MAX_EXPANSION).then_some(*value)
    }
}

/// The one or two characters that HTML calls `name`.
fn of_html(name: &str) -> Option<[Option<char>; 2]> {
    // Beginnings of names are there too, and stand for nothing.
    let (first, second) = *NAMED_ENTITIES.get(format!("{name};").as_str())?;
    let character = |code: u32| char::from_u32(code).filter(|c| *c != '\0');
    character(first).map(|first| [Some(first), character(second)])
}

/// The name of the reference whose ampersand stands before `text`.
fn name_of(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let end = memchr(b';', &bytes[..bytes.len().min(LONGEST_NAME + 1)])?;
    let name = text.get(..end)?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '#' | '_' | '-' | '.' | ':');
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// The character with this number; none of it where XML has no such character. `None` when it is no number.
fn number_of(number: &str) -> Option<Option<char>> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    let is_number = number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let code = match code {
        Ok(code) => code,
        // Larger than any.
        Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => u32::MAX,
        Err(_) => return None,
    };
    if !is_number {
        return None;
    }
    Some(match code {
        0x80..=0x9f => {
            let byte = [u8::try_from(code).unwrap_or_default()];
            WINDOWS_1252.decode_without_bom_handling(&byte).0.chars().next()
        }
        0x9 | 0xa | 0xd => char::from_u32(code),
        0..0x20 => None,
        _ => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let declared = Entities::declared_in("<!ENTITY id \"tag:\"><!ENTITY % x SYSTEM 'y'> <!ENTITY two '&#38;&id;'>");
        assert_eq!(declared.resolve(text), expected, "{text}");
    }

    #[test]
    fn references_are_resolved() {
        check("a &amp; b &lt;c&gt; &nbsp;&eacute;&chi;", "a & b <c> \u{a0}éχ");
        check("&quot;&apos;&NotEqualTilde;", "\"'\u{2242}\u{338}");
        check("&#233;&#xE9;&#XE9;", "ééé");
        check("&id;1 &two;", "tag:1 &&id;");
    }

    #[test]
    fn what_is_no_reference_stays() {
        check("Fish & Chips &amp; more &", "Fish & Chips & more &");
        check("?a=1&b=2;&unknown;&;&#;&#x;&#+5;", "?a=1&b=2;&unknown;&;&#;&#x;&#+5;");
    }

    #[test]
    fn numbers_of_windows_are_what_was_meant() {
        check("don&#146;t &#x96; &#128;", "don’t – €");
        check("&#0;&#8;&#xD800;&#99999999999;", "\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let subset = format!("<!ENTITY a \"{}\">", "x".repeat(1000));
        let entities = Entities::declared_in(&subset);
        let text = "&a;".repeat(1_000_000);
        assert!(entities.resolve(&text).len() < text.len() + MAX_EXPANSION);
    }
}
