//! The address that a link's script leads to, worked out from what the page's own scripts say. Nothing is run.
//!
//! Boards write `javascript:fn_download('12','1')` into a link and the function into the page: it puts an address together of
//! texts and its parameters, or fills in a form. Both are read here as far as they are plain; what isn't stays unknown.

use std::sync::LazyLock;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use regex::Regex;

use crate::source::{
    dom::{Doc, Step},
    pick::{address_in, call},
};

/// Longest text of scripts that is kept of a page, in bytes.
const MAX_BYTES: usize = 512 << 10;

/// Longest function that is read, in bytes.
const MAX_BODY: usize = 4_096;

/// Functions that frameworks bring along, with their addresses: they stand in files beside the page.
const FRAMEWORKS: &[(&str, &str)] = &[
    // The common component for files of the Korean government's framework.
    (
        "fn_egov_downFile",
        "'/cmm/fms/FileDown.do?atchFileId=' + p0 + '&fileSn=' + p1",
    ),
];

/// The scripts of a page, as text.
pub(super) struct Scripts(String);

impl Scripts {
    /// Those that stand in the page itself.
    pub(super) fn of(doc: &Doc) -> Self {
        let mut all = String::new();
        if let Some(root) = doc.root() {
            root.walk(|step| {
                if let Step::Open(element) = step
                    && element.is_named("script")
                    && element.attr("src").is_none()
                {
                    let script = element.raw_text();
                    if all.len() + script.len() <= MAX_BYTES {
                        all.push_str(&script);
                        all.push('\n');
                    }
                }
                true
            });
        }
        Self(all)
    }

    /// Where `script`, the `href` or `onclick` of a link, leads to.
    pub(super) fn address(&self, script: &str) -> Option<String> {
        if let Some(address) = address_in(script) {
            return Some(address);
        }
        let (name, arguments) = call(script)?;
        let last = name.rsplit('.').next().unwrap_or(&name);
        let framework = FRAMEWORKS.iter().find(|(known, _)| *known == last);
        self.defined(last, &arguments).or_else(|| {
            let (_, expression) = framework?;
            let names: Vec<String> = (0..arguments.len()).map(|n| format!("p{n}")).collect();
            value(expression, &names, &arguments, "")
        })
    }

    /// The address that the function `name` goes to when it is called with `arguments`.
    fn defined(&self, name: &str, arguments: &[String]) -> Option<String> {
        let (parameters, body) = self.definition(name)?;
        static GOES: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r#"(?:location(?:\.href)?|\.action|\.src)\s*=\s*|(?:window\.open|location\.(?:replace|assign)|fileDownload)\s*\(\s*|\.(?:attr|prop|setAttribute)\s*\(\s*["'](?:action|href|src)["']\s*,\s*"#,
            )
            .expect("a valid pattern")
        });
        let address = GOES.find_iter(body).take(8).find_map(|found| {
            value(&body[found.end()..], &parameters, arguments, body)
                .filter(|address| address.contains(['/', '?', '.']))
        })?;
        let fields = fields(body, &parameters, arguments);
        Some(with_fields(address, &fields))
    }

    /// The parameters and the body of a function.
    fn definition(&self, name: &str) -> Option<(Vec<String>, &str)> {
        let places = self.0.match_indices(name).take(50);
        places.into_iter().find_map(|(at, _)| {
            let before = self.0[..at].trim_end();
            let after = self.0[at + name.len()..].trim_start();
            let list = if before.ends_with("function") {
                after.strip_prefix('(')
            } else {
                let after = after.strip_prefix(['=', ':'])?.trim_start().strip_prefix("function")?;
                after.trim_start().strip_prefix('(')
            }?;
            let (list, rest) = list.split_once(')')?;
            let body = rest.trim_start().strip_prefix('{')?;
            let parameters = list.split(',').map(|name| name.trim().to_owned()).collect();
            Some((parameters, block(body)))
        })
    }
}

/// The text up to the brace that closes the block.
fn block(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < MAX_BODY) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    let mut end = text.len().min(MAX_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The value of an expression that adds texts and parameters: `'/down.do?id=' + id`. Variables are looked up in `body`.
fn value(expression: &str, parameters: &[String], arguments: &[String], body: &str) -> Option<String> {
    const IN_ADDRESS: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'&')
        .add(b'+')
        .add(b'<')
        .add(b'>');
    let mut text = String::new();
    let mut rest = expression;
    for _ in 0..24 {
        rest = rest.trim_start();
        let quote = rest.chars().next()?;
        if matches!(quote, '\'' | '"') {
            let (piece, after) = rest[1..].split_once(quote)?;
            text.push_str(piece);
            rest = after;
        } else {
            let encoded = ["encodeURIComponent(", "encodeURI(", "escape("]
                .iter()
                .find_map(|call| rest.strip_prefix(call));
            let from = encoded.unwrap_or(rest).trim_start();
            let length = from
                .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
                .unwrap_or(from.len());
            let name = &from[..length];
            let argument = parameters
                .iter()
                .position(|parameter| parameter == name)
                .and_then(|at| arguments.get(at));
            match argument {
                Some(argument) if text.is_empty() => text.push_str(argument),
                Some(argument) => text.extend(utf8_percent_encode(argument, IN_ADDRESS)),
                None => text.push_str(&variable(name, parameters, arguments, body)?),
            }
            rest = from[length..].trim_start();
            if encoded.is_some() {
                rest = rest.strip_prefix(')')?;
            }
        }
        match rest.trim_start().strip_prefix('+') {
            Some(more) => rest = more,
            None => return Some(text).filter(|text| !text.is_empty()),
        }
    }
    None
}

/// The value of a variable that the function sets itself.
fn variable(name: &str, parameters: &[String], arguments: &[String], body: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let set = body.match_indices(name).find_map(|(at, _)| {
        let declared = ["var", "let", "const"]
            .iter()
            .any(|word| body[..at].trim_end().ends_with(word));
        let after = body[at + name.len()..].trim_start().strip_prefix('=')?;
        (declared && !after.starts_with('=')).then_some(after)
    })?;
    // Without a body: what it is made of must be known.
    value(set, parameters, arguments, "")
}

/// The form fields that a function fills in: names and values.
fn fields(body: &str, parameters: &[String], arguments: &[String]) -> Vec<(String, String)> {
    static FILLS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:\.(?P<a>\w+)\.value\s*=\s*|["']#(?P<b>\w+)["']\s*\)\s*\.val\(\s*|name=['"]?(?P<c>\w+)['"]?\]?["']\s*\)\s*\.val\(\s*|ById\(["'](?P<d>\w+)["']\)\.value\s*=\s*)"#)
            .expect("a valid pattern")
    });
    let all = FILLS.captures_iter(body).take(12).filter_map(|found| {
        let name = ["a", "b", "c", "d"]
            .iter()
            .find_map(|group| found.name(group))?
            .as_str()
            .to_owned();
        let value = value(&body[found.get(0)?.end()..], parameters, arguments, "")?;
        Some((name, value))
    });
    all.collect()
}

fn with_fields(mut address: String, fields: &[(String, String)]) -> String {
    for (name, value) in fields {
        address.push(if address.contains('?') { '&' } else { '?' });
        let value = utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
        address.push_str(&format!(
            "{name}={}",
            value.replace("%2E", ".").replace("%5F", "_").replace("%2D", "-")
        ));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scripts: &str, link: &str, expected: Option<&str>) {
        let scripts = Scripts::of(&Doc::parse(&format!("<script>{scripts}</script>")));
        assert_eq!(scripts.address(link).as_deref(), expected);
    }

    #[test]
    fn a_function_that_adds_an_address_together_is_read() {
        check(
            "function down(id, sn) { location.href = '/down.do?id=' + id + \"&sn=\" + encodeURIComponent(sn); }",
            "javascript:down('FILE_1','2')",
            Some("/down.do?id=FILE_1&sn=2"),
        );
        check(
            "var board = { down : function(no){ var url = '/file/' + no; window.open(url); } };",
            "board.down(77); return false;",
            Some("/file/77"),
        );
    }

    #[test]
    fn a_function_that_fills_in_a_form_is_read() {
        check(
            "function fnDown(id, sn) { var f = document.dform; f.fileId.value = id; f.fileSn.value = sn; f.action = '/cmm/down.do'; f.submit(); }",
            "fnDown('A_1', 0)",
            Some("/cmm/down.do?fileId=A_1&fileSn=0"),
        );
        check(
            "function fnDown(id) { $('#fileId').val(id); $('#f').attr('action', '/d.do').submit(); }",
            "fnDown('A 1')",
            Some("/d.do?fileId=A%201"),
        );
    }

    #[test]
    fn what_is_not_plain_stays_unknown() {
        check("function go(id) { location.href = base() + id; }", "go('1')", None);
        check("", "go('1')", None);
        check("function go(id) { go(id); }", "go('1')", None);
        check(
            "",
            "javascript:fn_egov_downFile('FILE_1','0')",
            Some("/cmm/fms/FileDown.do?atchFileId=FILE_1&fileSn=0"),
        );
    }
}
