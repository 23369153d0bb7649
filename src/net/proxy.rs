//! A proxy that the admin named for a source.
//!
//! Its own address is the admin's word and is not judged. What it is asked for is: addresses as ever, names as far as this
//! machine can look them up. With `socks5:` they are looked up here alone; with `http:` and `socks5h:` the proxy has the last
//! word on them.

use std::fmt;

use url::Url;

use super::resolver::same_name;

/// A proxy, with the name and password it may want.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proxy {
    url: Url,
}

impl Proxy {
    /// A proxy as it is written: `http://`, `socks5://` or `socks5h://`, host and port, a name and a password before an `@`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without a word of what it is.
    pub fn at(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "this is no address")?;
        if !matches!(url.scheme(), "http" | "socks5" | "socks5h") {
            return Err("a proxy is spoken to by http, socks5 or socks5h");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("this names no host");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("this has more than a host and a port");
        }
        reqwest::Proxy::all(url.as_str()).map_err(|_| "this can't be used as a proxy")?;
        Ok(Self { url })
    }

    pub(super) fn for_all(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        reqwest::Proxy::all(self.url.as_str())
    }

    /// Whether it is given addresses that were looked up and judged here.
    pub(super) fn is_given_addresses(&self) -> bool {
        self.url.scheme() == "socks5"
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.url.host_str().is_some_and(|own| same_name(own, name))
    }

    #[cfg(feature = "legacy-tls")]
    pub(super) fn url(&self) -> &Url {
        &self.url
    }
}

// Its name and password are nobody's business.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "Proxy({}://{host})", self.url.scheme())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let proxy = Proxy::at(text).map(|proxy| format!("{proxy:?}"));
        assert_eq!(proxy.as_deref().map_err(|wrong| *wrong), expected);
    }

    #[test]
    fn a_proxy_has_a_host_and_its_password_is_never_shown() {
        check("http://10.0.0.1:3128", Ok("Proxy(http://10.0.0.1)"));
        check("http://me:hush@proxy.example:3128/", Ok("Proxy(http://proxy.example)"));
        check("socks5://me:hush@proxy.example", Ok("Proxy(socks5://proxy.example)"));
        check("socks5h://[::1]:1080", Ok("Proxy(socks5h://[::1])"));
        check(
            "https://proxy.example",
            Err("a proxy is spoken to by http, socks5 or socks5h"),
        );
        check(
            "proxy.example:3128",
            Err("a proxy is spoken to by http, socks5 or socks5h"),
        );
        check("http://proxy.example/path", Err("this has more than a host and a port"));
        check("socks5://", Err("this names no host"));
        check("hush", Err("this is no address"));
    }
}
