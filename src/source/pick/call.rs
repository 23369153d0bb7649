//! What the calls in `javascript:` links and `onclick` attributes say. Nothing is run.

/// Longest script that is looked at, in bytes.
const MAX_BYTES: usize = 4_096;

/// Most arguments that are read.
const MAX_ARGUMENTS: usize = 16;

/// The arguments of the first call in `script` that can lead somewhere: `fn_view('407','1001')` gives 407 and 1001.
pub fn arguments(script: &str) -> Option<Vec<String>> {
    call(script).map(|(_, arguments)| arguments)
}

/// The first call in `script` that can lead somewhere: its name and its arguments.
pub fn call(script: &str) -> Option<(String, Vec<String>)> {
    let calls = calls(script);
    let silent = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or(name);
        [
            "void",
            "return",
            "if",
            "for",
            "while",
            "function",
            "preventDefault",
            "stopPropagation",
            "confirm",
            "alert",
        ]
        .contains(&last)
    };
    calls
        .into_iter()
        .find(|(name, arguments)| !silent(name) && !arguments.is_empty())
}

/// The address that `script` goes to when it says it outright: `location.href = '/view.do?id=3'`, `window.open('…')`.
pub fn address_in(script: &str) -> Option<String> {
    let script = within(script);
    if let Some(at) = script.find("location") {
        let rest = script[at..].trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
        if let Some(value) = rest.trim_start().strip_prefix('=') {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            return quoted(&value[1..], quote).map(|(address, _)| address);
        }
    }
    calls(script).into_iter().find_map(|(name, arguments)| {
        let goes = name.ends_with("open") || name.ends_with("location.replace") || name.ends_with("location.assign");
        let first = arguments.into_iter().next()?;
        (goes && first.contains(['/', '.', '?'])).then_some(first)
    })
}

fn within(script: &str) -> &str {
    let mut end = script.len().min(MAX_BYTES);
    while !script.is_char_boundary(end) {
        end -= 1;
    }
    &script[..end]
}

/// All calls in `script`: names and arguments.
fn calls(script: &str) -> Vec<(String, Vec<String>)> {
    let script = within(script);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(open) = script[at..].find('(').map(|open| at + open) {
        let before = script[at..open].trim_end();
        let letters = before
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'))
            .map(char::len_utf8)
            .sum::<usize>();
        let name = before[before.len() - letters..].to_owned();
        let (arguments, end) = list(script, open + 1);
        at = if name.is_empty() || end.is_none() {
            open + 1
        } else {
            end.unwrap_or(open + 1)
        };
        if !name.is_empty() && end.is_some() {
            calls.push((name, arguments));
        }
        if calls.len() >= MAX_ARGUMENTS {
            break;
        }
    }
    calls
}

/// Reads arguments from `from` to the closing parenthesis; where it stands, unless it is missing.
fn list(script: &str, from: usize) -> (Vec<String>, Option<usize>) {
    let (mut arguments, mut bare, mut at) = (Vec::new(), String::new(), from);
    let mut was_quoted = false;
    while let Some(c) = script[at..].chars().next() {
        match c {
            '\'' | '"' => match quoted(&script[at + 1..], c) {
                Some((text, length)) => {
                    if !was_quoted && bare.trim().is_empty() {
                        bare.clear();
                    }
                    bare.push_str(&text);
                    was_quoted = true;
                    at += 1 + length;
                    continue;
                }
                None => return (arguments, None),
            },
            ',' | ')' => {
                let value = if was_quoted {
                    bare.clone()
                } else {
                    bare.trim().to_owned()
                };
                if (was_quoted || !value.is_empty() || c == ',') && arguments.len() < MAX_ARGUMENTS {
                    arguments.push(value);
                }
                bare.clear();
                was_quoted = false;
                if c == ')' {
                    return (arguments, Some(at + 1));
                }
            }
            // A call or an expression inside: not something that names a notice.
            '(' | '{' => return (arguments, None),
            c if was_quoted && c.is_whitespace() => {}
            c => bare.push(c),
        }
        at += c.len_utf8();
    }
    (arguments, None)
}

/// The text up to the closing `quote`, and the length up to after it.
fn quoted(script: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = script.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?.1),
            c if c == quote => return Some((text, at + c.len_utf8())),
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_they_are_written() {
        for (script, expected) in [
            ("javascript:fn_view('407','1001')", Some(&["407", "1001"][..])),
            (
                "fnView( \"BBSMSTR_1\" , 21540998 ); return false;",
                Some(&["BBSMSTR_1", "21540998"]),
            ),
            ("javascript:void(0); goView('5')", Some(&["5"])),
            ("event.preventDefault(); $board.view('a\\'b', '')", Some(&["a'b", ""])),
            ("if(chk()){go('3')}", Some(&["3"])),
            ("javascript:void(0)", None),
            ("fn_view()", None),
            ("fn_view('407", None),
            ("#", None),
            ("((((((((((((((", None),
        ] {
            let expected = expected.map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(arguments(script), expected, "{script}");
        }
    }

    #[test]
    fn an_address_in_a_script_is_found() {
        for (script, expected) in [
            ("location.href='/view.do?id=3'", Some("/view.do?id=3")),
            (
                "document.location = \"view.do?id=3\"; return false",
                Some("view.do?id=3"),
            ),
            ("window.open('/a.pdf', '_blank')", Some("/a.pdf")),
            ("javascript:location.replace('x.jsp')", Some("x.jsp")),
            ("location.href = url", None),
            ("open('popup')", None),
            ("fn_view('407')", None),
        ] {
            assert_eq!(address_in(script).as_deref(), expected, "{script}");
        }
    }
}
