//! The `Link` header of an answer (RFC 8288): what leads where, and as what. Reads each byte once, whatever it says.

/// Most links of one header that are read.
const MAX_LINKS: usize = 50;

/// A link of a header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Link {
    /// Where it leads, as it is written.
    pub(in crate::source) target: String,
    /// The parameters; names are in lower case.
    parameters: Vec<(String, String)>,
}

impl Link {
    /// Whether it leads there from the page itself, as `relation`.
    pub(in crate::source) fn leads_as(&self, relation: &str) -> bool {
        let names = self.told("rel").unwrap_or_default();
        let is_named = names
            .split_ascii_whitespace()
            .any(|name| name.eq_ignore_ascii_case(relation));
        is_named && self.told("anchor").is_none_or(str::is_empty)
    }

    /// What the parameter `name` says; of several the first counts (RFC 8288 §3.3, §3.4.1).
    pub(in crate::source) fn told(&self, name: &str) -> Option<&str> {
        let told = self.parameters.iter().find(|(told, _)| told == name);
        told.map(|(_, value)| value.as_str())
    }
}

/// The links of a header; what is no link is passed over.
pub(in crate::source) fn read(header: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = header;
    while let (Some(start), true) = (rest.find('<'), links.len() < MAX_LINKS) {
        let Some(end) = rest[start..].find('>') else { break };
        let mut link = Link {
            target: rest[start + 1..start + end].trim().to_owned(),
            parameters: Vec::new(),
        };
        rest = rest[start + end + 1..].trim_start();
        while let Some(after) = rest.strip_prefix(';') {
            let (name, after) = split(after.trim_start(), |c| matches!(c, '=' | ';' | ','));
            let (value, after) = match after.strip_prefix('=') {
                Some(after) => value(after.trim_start()),
                None => (String::new(), after),
            };
            link.parameters.push((name.trim().to_ascii_lowercase(), value));
            rest = after.trim_start();
        }
        links.push(link);
    }
    links
}

/// A token or a quoted string, and what is behind it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (token, after) = split(text, |c| matches!(c, ';' | ','));
        return (token.trim().to_owned(), after);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &[(&str, &str, &str)]) {
        let links = read(header);
        let told: Vec<_> = links
            .iter()
            .map(|link| {
                let told = |name| link.told(name).unwrap_or_default();
                (link.target.as_str(), told("rel"), told("type"))
            })
            .collect();
        assert_eq!(told, expected, "{header}");
    }

    #[test]
    fn links_are_read_with_their_parameters() {
        check(
            "</feed>; rel=alternate; type=\"application/rss+xml\"",
            &[("/feed", "alternate", "application/rss+xml")],
        );
        check(
            "<https://e.org/wp-json/>; rel=\"https://api.w.org/\", <https://e.org/?p=1>; REL=shortlink",
            &[
                ("https://e.org/wp-json/", "https://api.w.org/", ""),
                ("https://e.org/?p=1", "shortlink", ""),
            ],
        );
        check(
            "</a,b;c>; title=\"one, <two>; \\\"three\\\"\"; rel = \"next\" ;flag, </d>",
            &[("/a,b;c", "next", ""), ("/d", "", "")],
        );
        check("</a>; rel=one; rel=two", &[("/a", "one", "")]);
    }

    #[test]
    fn what_is_no_link_is_passed_over() {
        for header in ["", "none", "<unended", ">; rel=next", "; rel=\"next"] {
            check(header, &[]);
        }
        check("</a>; rel=\"unended, </b>", &[("/a", "unended, </b>", "")]);
        check("</a>;;;=;", &[("/a", "", "")]);
        assert_eq!(read(&"<a>,".repeat(10_000)).len(), MAX_LINKS);
    }

    #[test]
    fn a_link_of_something_else_is_not_the_page_s() {
        let link = &read("</feed>; rel=\"Alternate home\"; anchor=\"/other\"")[0];
        assert!(!link.leads_as("alternate"));
        assert!(read("</feed>; rel=\"home Alternate\"")[0].leads_as("alternate"));
    }
}
