//! Where a link that is a script leads: read out of the page's own scripts and forms. Nothing is run.
//!
//! `fn_view('407')` may be a function of the page that sets `location.href = "/view.do?no=" + no`, or fills the field `no`
//! of a form and submits it. Both are an address with a gap. What is not certainly one is none.

mod reading;
mod tokens;

use super::{candidates::Group, columns, roles::Roles, sight::Sight};
use crate::source::{
    dom::{Css, Doc, Element},
    pick::{Field, Template},
};
use reading::{Part, Reading};

/// Longest script that is read, in bytes, of all on the page.
const MAX_BYTES: usize = 400_000;

/// Most fields of a form that go into an address.
const MAX_FIELDS: usize = 12;

/// What a click on the links of a group does.
#[derive(Debug, PartialEq)]
pub(super) struct Click {
    /// What the link is read from, where that is an attribute of data.
    pub(super) link: Option<Field>,
    /// The address it leads to; `None` where that could not be worked out.
    pub(super) template: Option<Template>,
    /// What the admin should know.
    pub(super) note: String,
}

/// What a click on the title does, where its `href` leads nowhere; `None` where it is an ordinary link.
pub(super) fn click(doc: &Doc, sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Option<Click> {
    if roles.link.is_some() {
        return None;
    }
    let rows = columns::sample(&group.rows, columns::MAX_ROWS);
    let places = &roles.columns[roles.title].places;
    let links: Vec<usize> = rows
        .iter()
        .zip(places)
        .filter_map(|(row, at)| sight.link_of((*at)?, row))
        .collect();
    let dead: Vec<usize> = links
        .iter()
        .copied()
        .filter(|link| sight.target(*link).is_none())
        .collect();
    if dead.len() * 2 <= rows.len() {
        return None;
    }
    let element = |at: usize| sight.outline.spot(at).element;
    let script = ["onclick", "href"].into_iter().find_map(|name| {
        let value = element(dead[0]).attr(name)?;
        let (function, arguments) = called(&value)?;
        Some((function, arguments, value))
    });
    if let Some((function, arguments, value)) = script {
        return Some(by_function(doc, &function, arguments, &value));
    }
    let data = element(dead[0]).attrs().into_iter().find(|(name, value)| {
        let tells = name.starts_with("data-") && value.bytes().any(|byte| byte.is_ascii_digit());
        tells
            && dead
                .iter()
                .filter_map(|at| element(*at).attr(name))
                .collect::<std::collections::HashSet<_>>()
                .len()
                * 2
                > dead.len()
    });
    let (name, _) = data?;
    let path = roles.columns[roles.title]
        .path
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    by_data(doc, &path, &name)
}

fn by_function(doc: &Doc, function: &str, arguments: usize, value: &str) -> Click {
    let scripts = scripts(doc);
    let reading = Reading::of_function(&scripts, function);
    let found = reading.and_then(|reading| address(doc, &reading));
    let shown: String = value.chars().take(80).collect();
    match found {
        Some((template, true)) => Click {
            link: None,
            template: Some(template),
            note: format!(
                "the links are scripts ({shown}) that send a form; link_template asks with its fields in the address, which not every site answers"
            ),
        },
        Some((template, false)) => Click {
            link: None,
            template: Some(template),
            note: format!(
                "the links are scripts ({shown}); link_template was read out of the page's function {function}"
            ),
        },
        None => {
            let gaps: Vec<String> = (1..=arguments.clamp(1, 4)).map(|nth| format!("{{{nth}}}")).collect();
            Click {
                link: None,
                template: None,
                note: format!(
                    "the links are scripts ({shown}); open a notice in a browser and write its address as link_template, with {} for the arguments",
                    gaps.join(", ")
                ),
            }
        }
    }
}

/// Links whose address only a handler knows: `<a href="#" data-id="7">`.
fn by_data(doc: &Doc, path: &str, name: &str) -> Option<Click> {
    let link: Field = format!("{path} @{name}").trim().parse().ok()?;
    let reading = Reading::of_attribute(&scripts(doc), name);
    let template = reading
        .and_then(|reading| address(doc, &reading))
        .map(|(template, _)| template);
    let note = match &template {
        Some(_) => format!("the links lead nowhere; link_template was read out of the script that uses {name}"),
        None => format!(
            "the links lead nowhere, rows are told apart by {name}; open a notice in a browser, write its address as link_template with {{1}} for that, and link = \"{link}\""
        ),
    };
    Some(Click {
        link: Some(link),
        template,
        note,
    })
}

/// The function that a script calls, and with how many arguments.
fn called(script: &str) -> Option<(String, usize)> {
    let arguments = crate::source::pick::arguments(script)?;
    let tokens = tokens::tokens(script);
    let is_call = |pair: &[tokens::Token]| match pair {
        [tokens::Token::Word(name), tokens::Token::Mark('(')] => Some(name.clone()),
        _ => None,
    };
    let silent = [
        "void",
        "return",
        "if",
        "function",
        "preventDefault",
        "stopPropagation",
        "confirm",
        "alert",
    ];
    let name = tokens
        .windows(2)
        .filter_map(is_call)
        .find(|name| !silent.contains(&name.as_str()))?;
    Some((name, arguments.len()))
}

/// The text of the page's scripts.
fn scripts(doc: &Doc) -> String {
    let Ok(css) = "script".parse::<Css>() else {
        return String::new();
    };
    let mut all = String::new();
    for script in doc.select(&css) {
        let text = script.source();
        if all.len() + text.len() <= MAX_BYTES {
            all.push_str(&text);
            all.push_str("\n;\n");
        }
    }
    all
}

/// The address that a function goes to, and whether it sends a form there.
fn address(doc: &Doc, reading: &Reading) -> Option<(Template, bool)> {
    if let Some(parts) = &reading.location {
        return Some((template(parts)?, false));
    }
    let form = form(doc, reading);
    let told = form
        .and_then(|form| form.attr("action"))
        .filter(|action| !action.trim().is_empty());
    let action = match &reading.action {
        Some(parts) => written(parts)?,
        None => told?,
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    for (name, parts) in &reading.fields {
        if let Some(value) = written(parts).filter(|value| !value.is_empty()) {
            fields.push((name_of(doc, name), value));
        }
    }
    if !fields.iter().any(|(_, value)| value.contains('{')) && !action.contains('{') {
        return None;
    }
    for input in form.map(|form| form.descendants()).unwrap_or_default() {
        let (Some(name), Some(value)) = (input.attr("name"), input.attr("value")) else {
            continue;
        };
        let hidden = input
            .attr("type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
        let plain = !name.is_empty() && !value.is_empty() && value.len() <= 60 && !value.contains(['{', '}', '&', '#']);
        if hidden
            && plain
            && fields.len() < MAX_FIELDS
            && !fields.iter().any(|(known, _)| *known == name)
            && !is_passing(&name)
        {
            fields.push((name, value));
        }
    }
    let query: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let joint = match (action.contains('?'), query.is_empty()) {
        (_, true) => "",
        (true, _) => "&",
        (false, _) => "?",
    };
    let text = format!("{}{joint}{}", without_session(&action), query.join("&"));
    Some((text.parse().ok()?, true))
}

/// Fields that say where in the list somebody is, or that are good for one visit.
fn is_passing(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "page",
        "search",
        "keyword",
        "sort",
        "order",
        "csrf",
        "token",
        "rnum",
        "srch",
        "viewstate",
        "eventvalidation",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// The form that the function fills: named by it, or the one that has its fields.
fn form<'a>(doc: &'a Doc, reading: &Reading) -> Option<Element<'a>> {
    let forms = doc.select(&"form".parse().ok()?);
    let named = |form: &&Element<'_>| {
        let names = [form.attr("name"), form.attr("id")];
        names.iter().flatten().any(|name| reading.forms.contains(name))
    };
    let has_fields = |form: &&Element<'_>| {
        let inside = form.descendants();
        reading.fields.iter().any(|(field, _)| {
            inside
                .iter()
                .any(|input| input.attr("name").as_ref() == Some(field) || input.attr("id").as_ref() == Some(field))
        })
    };
    forms
        .iter()
        .find(named)
        .or_else(|| forms.iter().find(has_fields))
        .copied()
}

/// The name of the field that scripts call `told`, which may be its id.
fn name_of(doc: &Doc, told: &str) -> String {
    let by_id = "input[id]"
        .parse::<Css>()
        .ok()
        .map(|css| doc.select(&css))
        .unwrap_or_default();
    by_id
        .iter()
        .find(|input| input.attr("id").as_deref() == Some(told))
        .and_then(|input| input.attr("name"))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| told.to_owned())
}

fn template(parts: &[Part]) -> Option<Template> {
    let text = written(parts)?;
    let leads = text.contains('{')
        && !text.starts_with('{')
        && (text.contains('/') || text.contains('?') || text.contains('.'));
    leads.then(|| without_session(&text).parse().ok()).flatten()
}

/// The parts as a template writes them; `None` when one isn't known.
fn written(parts: &[Part]) -> Option<String> {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) if text.contains(['{', '}']) => None,
            Part::Text(text) => Some(text.clone()),
            Part::Argument(nth) => Some(format!("{{{}}}", nth + 1)),
            Part::Unknown => None,
        })
        .collect()
}

fn without_session(address: &str) -> String {
    match address.to_ascii_lowercase().find(";jsessionid=") {
        Some(at) => {
            let rest = address[at..]
                .find(['?', '#', '{'])
                .map_or("", |end| &address[at + end..]);
            format!("{}{rest}", &address[..at])
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, function: &str, expected: Option<&str>) {
        let doc = Doc::parse(html);
        let click = by_function(&doc, function, 2, "x");
        assert_eq!(click.template.map(|template| template.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_function_that_goes_somewhere_is_an_address() {
        let go = |body: &str| format!("<script>function go(no, b) {{ {body} }}</script>");
        for (body, expected) in [
            (
                "location.href = '/view.do?no=' + no + \"&b=\" + b;",
                Some("/view.do?no={1}&b={2}"),
            ),
            ("// no = 1\n var u = '/v/' + no; window.location = u;", Some("/v/{1}")),
            ("window.open(`/v/${no}.html`, '_blank')", Some("/v/{1}.html")),
            ("location.replace('/v?n=' + encodeURIComponent(no))", Some("/v?n={1}")),
            ("document.location.href = base + no;", None),
            ("alert(no)", None),
        ] {
            check(&go(body), "go", expected);
        }
        check(
            "<script>var go = function(n){ location.href='/v?n='+n }</script>",
            "go",
            Some("/v?n={1}"),
        );
        check("<script>function other(){}</script>", "go", None);
    }

    #[test]
    fn a_function_that_sends_a_form_is_an_address_with_its_fields() {
        let form = "<form name=f action=/old.do><input type=hidden name=no><input type=hidden name=bbs value=B1><input type=hidden name=pageIndex value=1></form>";
        for (body, expected) in [
            (
                "document.f.no.value = no; document.f.submit();",
                Some("/old.do?no={1}&bbs=B1"),
            ),
            (
                "var x = document.f; x.no.value = no; x.action='/new.do;jsessionid=0A'; x.submit();",
                Some("/new.do?no={1}&bbs=B1"),
            ),
            (
                "$('input[name=no]').val(no); $('form').attr('action', '/n.do').submit();",
                Some("/n.do?no={1}&bbs=B1"),
            ),
            ("document.getElementById('no').value = no; f.submit()", None),
        ] {
            let expected = expected.or(Some("/old.do?no={1}")
                .filter(|_| body.contains("getElementById"))
                .map(|_| "/old.do?no={1}&bbs=B1"));
            let form = if body.contains("getElementById") {
                form.replace("name=no", "name=no id=no")
            } else {
                form.to_owned()
            };
            check(
                &format!("{form}<script>function go(no) {{ {body} }}</script>"),
                "go",
                expected,
            );
        }
    }

    #[test]
    fn hostile_scripts_are_read_in_little_time() {
        for script in [
            "function go(".repeat(20_000),
            "{".repeat(300_000),
            "'".repeat(100_001),
            "`${".repeat(50_000),
            "go=function(a){".repeat(10_000),
        ] {
            check(&format!("<script>{script}</script>"), "go", None);
        }
    }
}
