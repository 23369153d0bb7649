//! What the body of a function does with its arguments: where it goes, which fields it fills.

use std::collections::HashMap;

use super::tokens::{Token, tokens};

/// Most tokens of a function that are read.
const MAX_TOKENS: usize = 3_000;

/// A piece of a text that a function puts together.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Written in the script.
    Text(String),
    /// The argument of that number, from 0.
    Argument(usize),
    /// Anything else.
    Unknown,
}

/// What a function does.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Where it goes.
    pub(super) location: Option<Vec<Part>>,
    /// Where it sends a form.
    pub(super) action: Option<Vec<Part>>,
    /// The fields it fills, by name or id.
    pub(super) fields: Vec<(String, Vec<Part>)>,
    /// Names that may be those of the form.
    pub(super) forms: Vec<String>,
}

impl Reading {
    /// Reads the function of that name in `scripts`.
    pub(super) fn of_function(scripts: &str, name: &str) -> Option<Self> {
        // Only what follows a mention is worth cutting into tokens.
        let mentions = scripts.match_indices(name).map(|(at, _)| at).take(40);
        mentions.filter_map(|at| definition(scripts, at, name)).next()
    }

    /// Reads what a handler does with the value of an attribute: `var no = $(this).attr("data-no"); …`.
    pub(super) fn of_attribute(scripts: &str, attribute: &str) -> Option<Self> {
        let short = attribute.strip_prefix("data-").unwrap_or(attribute);
        let camel: String = short
            .split('-')
            .enumerate()
            .map(|(nth, part)| match (nth, part.chars().next()) {
                (1.., Some(first)) => format!("{}{}", first.to_uppercase(), &part[first.len_utf8()..]),
                _ => part.to_owned(),
            })
            .collect();
        let names = [attribute, short, camel.as_str()];
        let at = scripts
            .find(attribute)
            .or_else(|| scripts.find(&format!("{camel}\"")))?;
        let mut from = at.saturating_sub(200);
        while !scripts.is_char_boundary(from) {
            from -= 1;
        }
        let tokens = within(&scripts[from..]);
        let told = |token: &Token| matches!(token, Token::Text(text) if names.contains(&text.as_str()));
        let mention = tokens.iter().position(told)?;
        // The name before the nearest "=" is what holds the value from here on.
        let start = mention.saturating_sub(14);
        let equals = tokens[start..mention]
            .iter()
            .rposition(|token| *token == Token::Mark('='))?
            + start;
        let Some(Token::Word(holder)) = tokens.get(equals.checked_sub(1)?) else {
            return None;
        };
        let known = HashMap::from([(holder.clone(), vec![Part::Argument(0)])]);
        let body = &tokens[mention + 1..];
        Some(read(body, known)).filter(|reading| reading.location.is_some() || !reading.fields.is_empty())
    }
}

fn within(script: &str) -> Vec<Token> {
    let mut end = script.len().min(12_000);
    while !script.is_char_boundary(end) {
        end -= 1;
    }
    let mut tokens = tokens(&script[..end]);
    tokens.truncate(MAX_TOKENS);
    tokens
}

/// The function that is defined where its name stands in `scripts`.
fn definition(scripts: &str, at: usize, name: &str) -> Option<Reading> {
    let before = scripts[..at].trim_end();
    let whole = !scripts[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && !scripts[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
    let tokens = within(&scripts[at + name.len()..]);
    let open = match (before.ends_with("function"), tokens.as_slice()) {
        _ if !whole => return None,
        (true, [Token::Mark('('), ..]) => 0,
        (_, [Token::Mark('=' | ':'), Token::Word(function), Token::Mark('('), ..]) if function == "function" => 2,
        (_, [Token::Mark('='), Token::Mark('('), ..]) => 1,
        _ => return None,
    };
    let close = tokens.iter().skip(open).position(|token| *token == Token::Mark(')'))? + open;
    let parameters = tokens[open + 1..close].iter().filter_map(|token| match token {
        Token::Word(name) => Some(name.clone()),
        _ => None,
    });
    let known = parameters
        .enumerate()
        .map(|(nth, name)| (name, vec![Part::Argument(nth)]))
        .collect();
    let start = close
        + 1
        + tokens[close + 1..]
            .iter()
            .take(3)
            .position(|token| *token == Token::Mark('{'))?;
    let mut depth = 0;
    let length = tokens[start..].iter().position(|token| {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let end = length.map_or(tokens.len(), |length| start + length);
    Some(read(&tokens[start..end], known))
}

/// Follows the assignments and calls of a body.
fn read(body: &[Token], mut known: HashMap<String, Vec<Part>>) -> Reading {
    let mut reading = Reading::default();
    for (at, token) in body.iter().enumerate() {
        match token {
            Token::Mark('=')
                if body.get(at + 1) != Some(&Token::Mark('='))
                    && !matches!(body.get(at.wrapping_sub(1)), Some(Token::Mark('=' | '!' | '<' | '>'))) =>
            {
                let value = expression(&body[at + 1..], &known);
                assign(&body[..at], value, &mut known, &mut reading);
            }
            Token::Mark('(') => call(body, at, &known, &mut reading),
            Token::Mark(':') if matches!(body.get(at.wrapping_sub(1)), Some(Token::Word(name)) if name == "url") => {
                let value = expression(&body[at + 1..], &known);
                reading.action.get_or_insert(value);
            }
            _ => {}
        }
    }
    reading
}

/// `a.b.c = value`, where the name ends `before`.
fn assign(before: &[Token], value: Vec<Part>, known: &mut HashMap<String, Vec<Part>>, reading: &mut Reading) {
    let path = name_ending(before);
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match names.as_slice() {
        [.., "location"] | [.., "location", "href"] => {
            reading.location.get_or_insert(value);
        }
        [form @ .., "action"] => {
            reading.forms.extend(form.last().map(|name| (*name).to_owned()));
            reading.action = Some(value);
        }
        [form @ .., field, "value"] => {
            reading.forms.extend(form.last().map(|name| (*name).to_owned()));
            reading.fields.push(((*field).to_owned(), value));
        }
        [name] => {
            // A name for something of the document: `var f = document.form`.
            known.insert((*name).to_owned(), value);
        }
        _ => {}
    }
}

/// A call whose parenthesis is at `at`.
fn call(body: &[Token], at: usize, known: &HashMap<String, Vec<Part>>, reading: &mut Reading) {
    let path = name_ending(&body[..at]);
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let argument = || expression(&body[at + 1..], known);
    match names.as_slice() {
        [.., "location", "replace" | "assign"] | ["window", "open"] | ["open"] => {
            let value = argument();
            if value.iter().any(|part| matches!(part, Part::Argument(_))) {
                reading.location.get_or_insert(value);
            }
        }
        [field, "val"] => reading.fields.push(((*field).to_owned(), argument())),
        [form, "attr" | "prop"] => {
            if let Some([Token::Text(name), Token::Mark(',')]) = body.get(at + 1..at + 3)
                && name == "action"
            {
                reading.forms.push((*form).to_owned());
                reading.action = Some(expression(&body[at + 3..], known));
            }
        }
        [form @ .., "submit"] => reading.forms.extend(form.last().map(|name| (*name).to_owned())),
        _ => {}
    }
}

/// The dotted name that ends `before`: `document.f.no`; what `$("#no")` and `getElementById("no")` select counts as a name.
fn name_ending(before: &[Token]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = before;
    loop {
        match rest {
            [.., Token::Mark('('), Token::Text(text), Token::Mark(')')] => {
                names.push(selected(text));
                rest = &rest[..rest.len() - 3];
                // The function's own name and what it is called on say no more.
                if let [head @ .., Token::Word(_)] = rest {
                    rest = head;
                }
                break;
            }
            [head @ .., Token::Text(text), Token::Mark(']')] if head.last() == Some(&Token::Mark('[')) => {
                names.push(text.clone());
                rest = &head[..head.len() - 1];
            }
            [head @ .., Token::Word(name)] => {
                names.push(name.clone());
                rest = head;
            }
            _ => break,
        }
        match rest {
            [head @ .., Token::Mark('.')] => rest = head,
            _ if matches!(rest.last(), Some(Token::Text(_) | Token::Mark(']'))) => {}
            _ => break,
        }
        if names.len() >= 6 {
            break;
        }
    }
    let _ = rest;
    names.reverse();
    names
}

/// What a selector of one field or form names: `#no`, `input[name=no]`, `form[name='f']`, `no`.
fn selected(selector: &str) -> String {
    let name = selector.rsplit_once("name=").map(|(_, name)| name).unwrap_or(selector);
    let name = name.trim_matches(|c: char| matches!(c, '#' | '\'' | '"' | ']' | '[' | ' '));
    name.rsplit(['#', ' ']).next().unwrap_or(name).to_owned()
}

/// The parts of `a + "b" + c` at the beginning of `tokens`.
fn expression(tokens: &[Token], known: &HashMap<String, Vec<Part>>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < tokens.len().min(80) {
        match &tokens[at] {
            Token::Text(text) => parts.push(Part::Text(text.clone())),
            Token::Template(text) => parts.extend(template(text, known)),
            Token::Word(name)
                if matches!(
                    name.as_str(),
                    "encodeURIComponent" | "encodeURI" | "escape" | "String" | "parseInt"
                ) =>
            {
                // What is in the parentheses is what counts.
                if let (Some(Token::Mark('(')), Some(Token::Word(inner)), Some(Token::Mark(')'))) =
                    (tokens.get(at + 1), tokens.get(at + 2), tokens.get(at + 3))
                {
                    parts.extend(known.get(inner).cloned().unwrap_or(vec![Part::Unknown]));
                    at += 3;
                } else {
                    parts.push(Part::Unknown);
                }
            }
            Token::Word(name) => match (known.get(name), tokens.get(at + 1)) {
                (Some(value), next) if !matches!(next, Some(Token::Mark('.' | '(' | '['))) => {
                    parts.extend(value.clone())
                }
                _ if name.bytes().all(|byte| byte.is_ascii_digit()) => parts.push(Part::Text(name.clone())),
                _ => parts.push(Part::Unknown),
            },
            Token::Mark(_) => parts.push(Part::Unknown),
        }
        at += 1;
        match tokens.get(at) {
            Some(Token::Mark('+')) => at += 1,
            Some(Token::Mark(';' | ',' | ')' | '}')) | None => break,
            // A line without a semicolon ends where the next statement begins.
            Some(Token::Word(_)) => break,
            _ => {
                parts.push(Part::Unknown);
                break;
            }
        }
    }
    parts
}

/// The parts of a text in backticks.
fn template(text: &str, known: &HashMap<String, Vec<Part>>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.extend(known.get(name.trim()).cloned().unwrap_or(vec![Part::Unknown]));
        rest = behind;
        if parts.len() > 40 {
            return vec![Part::Unknown];
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    parts
}
