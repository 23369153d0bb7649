//! `[source.request]`: how a source is asked, where a plain GET is not enough.

use serde_json::{Number, Value};
use toml::de::DeValue;
use url::Url;

use super::{
    section::{Found, Section, kind_of},
    value,
};
use crate::{
    fetch::{Asking, Cookies, Manner, Method},
    net::{Downgrade, HeaderName, Proxy, Tls, Trust, Way},
    ops::Secret,
};

/// Most fields of a form.
const MAX_FIELDS: usize = 100;

/// Longest JSON that is posted, in bytes.
const MAX_JSON: usize = 64 << 10;

/// Most headers.
const MAX_HEADERS: usize = 30;

/// Headers that belong to the connection (RFC 9110 §7.6.1) or that the program itself writes.
const TAKEN: [&str; 18] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "expect",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "if-match",
    "if-unmodified-since",
    "range",
];

const JSON: &str = "a table such as { board = 7, page = 1 }, or a text of JSON";

/// The table `request` of the source at `url`.
pub(super) fn manner(section: &Section<'_>, url: Option<&Url>) -> Manner {
    let method = section.read("method", "\"GET\" or \"POST\"", |v| match value::text(v)?.as_str() {
        "GET" => Ok(Method::Get),
        "POST" => Ok(Method::Post),
        other => Err(format!("there is no method {other:?} here")),
    });
    let form = section.optional_section("form").map(|table| form(&table));
    let json = section.read("json", JSON, json);
    if let (Some(found), true) = (section.get("json"), section.has("form")) {
        section.mistake(
            &found,
            "form says something else about the same body",
            "one of form and json",
        );
    }
    if let (Some(found), Some(Method::Get)) = (section.get("json"), method) {
        section.mistake(
            &found,
            "JSON is a body, and a GET has none",
            "method = \"POST\", or none",
        );
    }
    let headers = section.optional_section("headers").map(|table| headers(&table));
    let referer = section.read("referer", "an address such as \"https://www.example.org/\"", address);
    let prime = section.read("prime", "an address such as \"https://www.example.org/\"", |v| {
        let prime = address(v)?;
        match url.is_none_or(|url| url.origin() == prime.origin()) {
            true => Ok(prime),
            false => Err("this is not of the source's own scheme, host and port".to_owned()),
        }
    });
    let robots = section.read("robots", "true or false", value::flag);
    let cookies = section.read("cookies", "true or false", value::flag);
    let way = way(section);
    section.end();
    let posts = form.is_some() || json.is_some();
    Manner {
        // A form is sent as a body, unless something else is said.
        method: method.unwrap_or(if posts { Method::Post } else { Method::Get }),
        form: form.unwrap_or_default(),
        json,
        headers: headers.unwrap_or_default(),
        referer,
        prime,
        asking: match robots {
            Some(false) => Asking::Whatever,
            _ => Asking::WhereWelcome,
        },
        way,
        apart: None,
        cookies: (cookies == Some(true)).then(Cookies::default),
    }
}

/// The keys that say how its hosts are gone to.
fn way(section: &Section<'_>) -> Way {
    let trust = trust(section);
    let tls = section.read("tls", "\"modern\" or \"legacy\"", |v| match value::text(v)?.as_str() {
        "modern" => Ok(Tls::Modern),
        "legacy" => Tls::legacy().map_err(str::to_owned),
        other => Err(format!("there is no TLS {other:?} here")),
    });
    let downgrade = section.read("allow_downgrade", "true or false", value::flag);
    Way {
        trust,
        tls: tls.unwrap_or_default(),
        proxy: proxy(section),
        downgrade: match downgrade {
            Some(true) => Downgrade::Allowed,
            _ => Downgrade::Refused,
        },
        ..Way::default()
    }
}

/// `proxy`, which may hold a password.
fn proxy(section: &Section<'_>) -> Option<Proxy> {
    let found = section.get("proxy")?;
    let proxy = value::secret_at(&found).and_then(|text| Proxy::at(text.expose()).map_err(str::to_owned));
    let place = "expected an address such as \"http://proxy.example.org:3128\" or \"socks5://proxy.example.org\", \
                 { file = \"PATH\" }, { env = \"NAME\" } or { credential = \"NAME\" }";
    proxy.map_err(|what| section.secret_mistake(&found, &what, place)).ok()
}

/// `ca_file`, `pin` or `verify`.
fn trust(section: &Section<'_>) -> Trust {
    let also = section.read("ca_file", "a file with certificates in PEM", |v| {
        let path = value::line(v)?;
        let pem = std::fs::read(&path).map_err(|error| format!("can't read {path}: {error}"))?;
        Trust::also(pem).map_err(str::to_owned)
    });
    let pin = section.read("pin", "\"sha256/\" and the SHA-256 of the public key in Base64", |v| {
        Trust::pin(&value::text(v)?).map_err(str::to_owned)
    });
    let verify = section.read("verify", "true or false", value::flag);
    let anyone = (verify == Some(false)).then_some(Trust::Anyone);
    for (key, also_there) in [
        ("pin", section.has("ca_file")),
        (
            "verify",
            anyone.is_some() && (section.has("ca_file") || section.has("pin")),
        ),
    ] {
        if let (true, Some(found)) = (also_there, section.get(key)) {
            section.mistake(
                &found,
                "this says something else about the same certificate",
                "one of ca_file, pin and verify",
            );
        }
    }
    also.or(pin).or(anyone).unwrap_or_default()
}

fn address(v: &DeValue<'_>) -> Result<Url, String> {
    let url = value::web_address(v)?;
    match (url.username(), url.password()) {
        ("", None) => Ok(url),
        _ => Err("a user or a password in an address is not supported".to_owned()),
    }
}

/// A JSON object or list: a table, or the text of one.
fn json(v: &DeValue<'_>) -> Result<Value, String> {
    let value = match v {
        DeValue::String(text) if text.len() > MAX_JSON => return Err("this is too long".to_owned()),
        DeValue::String(text) => serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))?,
        DeValue::Table(_) | DeValue::Array(_) => member(v)?,
        other => return Err(format!("this is {}", kind_of(other))),
    };
    match value {
        Value::Object(_) | Value::Array(_) if value.to_string().len() <= MAX_JSON => Ok(value),
        Value::Object(_) | Value::Array(_) => Err("this is too long".to_owned()),
        _ => Err("this is neither an object nor a list".to_owned()),
    }
}

fn member(v: &DeValue<'_>) -> Result<Value, String> {
    Ok(match v {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(truth) => Value::from(*truth),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::from)
            .map_err(|_| format!("{} is too large a number", number.as_str()))?,
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| format!("JSON has no number {}", number.as_str()))?,
        DeValue::Datetime(moment) => Value::from(moment.to_string()),
        DeValue::Array(all) => Value::Array(all.iter().map(|one| member(one.get_ref())).collect::<Result<_, _>>()?),
        DeValue::Table(table) => {
            let members = table
                .iter()
                .map(|(key, value)| Ok((key.get_ref().to_string(), member(value.get_ref())?)));
            Value::Object(members.collect::<Result<_, String>>()?)
        }
    })
}

fn form(table: &Section<'_>) -> Vec<(String, String)> {
    let entries = table.entries();
    if let Some((_, found)) = entries.get(MAX_FIELDS) {
        table.mistake(found, "this form is too long", &format!("at most {MAX_FIELDS} fields"));
    }
    let fields = entries.into_iter().filter_map(|(name, found)| {
        let value = match found.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            other => {
                table.mistake(&found, &format!("this is {}", kind_of(other)), "a text or a number");
                None
            }
        };
        Some((name, value?))
    });
    fields.collect()
}

fn headers(table: &Section<'_>) -> Vec<(HeaderName, Secret)> {
    let entries = table.entries();
    if let Some((_, found)) = entries.get(MAX_HEADERS) {
        table.secret_mistake(
            found,
            "these are too many headers",
            &format!("expected at most {MAX_HEADERS}"),
        );
    }
    let headers = entries
        .into_iter()
        .filter_map(|(name, found)| match header(&name, &found) {
            Ok(header) => Some(header),
            Err((what, help)) => {
                table.secret_mistake(&found, &what, &help);
                None
            }
        });
    headers.collect()
}

/// A header, or what is wrong with it and what is expected.
fn header(name: &str, found: &Found<'_>) -> Result<(HeaderName, Secret), (String, String)> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        (
            format!("{name:?} is no name of a header"),
            "expected a name such as \"X-Requested-With\"".to_owned(),
        )
    })?;
    if TAKEN.contains(&name.as_str()) {
        let what = format!("{name} is written by the program itself, or belongs to the connection");
        return Err((what, "take it away".to_owned()));
    }
    let value = value::secret_at(found).map_err(|what| (what, format!("expected {}", value::SECRET)))?;
    let sendable = value
        .expose()
        .bytes()
        .all(|byte| byte == b'\t' || byte >= b' ' && byte != 0x7f);
    match sendable && value.expose().len() <= 8_192 {
        true => Ok((name, value)),
        false => Err((
            "this has a line break or a control character, or is too long".to_owned(),
            "expected one line".to_owned(),
        )),
    }
}
