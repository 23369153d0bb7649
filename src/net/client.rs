//! Asks and tells, hop by hop, each hop judged by the guard and held to its budgets.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
};
use reqwest::{Method, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::body;
use super::decode::OFFERED;
use super::door::{Door, Unbuildable};
use super::guard::{Guard, Reach, Reason};
use super::jar::Jar;
use super::miss::{Limit, Miss, Phase, Turn, host};
use super::way::{Downgrade, Way};
use super::{Settings, retry_after};

/// More of a webhook's answer is not read.
const MAX_REPLY: usize = 4 << 10;
/// Headers of one answer.
pub(super) const MAX_HEADERS: usize = 100;
/// Bytes of all headers of one answer.
pub(super) const MAX_HEADER_BYTES: usize = 64 << 10;
/// What may follow a redirect to another origin. Whatever else the caller sends could be a secret between it and the first.
const HARMLESS: [HeaderName; 6] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    CACHE_CONTROL,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
];

/// The guarded HTTP client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    doors: Arc<Doors>,
    way: Arc<Way>,
    settings: Arc<Settings>,
}

#[derive(Debug)]
struct Doors {
    guard: Guard,
    /// To whatever is not refused.
    public: Door,
    /// To the allowed networks alone; for ports that are open nowhere else.
    allowed_networks: Option<Door>,
}

/// Who has a say in where redirects lead.
#[async_trait]
pub trait Escort: Sync {
    /// Why it may not go there, or why there is no answer.
    type No: From<Miss> + Send;

    /// Whether `url`, to which a redirect leads, may be asked. Hosts and ports are judged anyway.
    async fn admit(&self, url: &Url) -> Result<(), Self::No>;
}

/// Nobody.
struct Alone;

#[async_trait]
impl Escort for Alone {
    type No = Miss;

    async fn admit(&self, _: &Url) -> Result<(), Miss> {
        Ok(())
    }
}

/// What `get` does when the answer is elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Goes there, up to `max` times. Each hop is judged anew, and none leads from https to http where the way does not say so.
    Follow {
        /// Hops, 5 for a board.
        max: usize,
    },
    /// Reports the status.
    Never,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code: 200 or 304 from [`Client::get`], any from [`Client::post`].
    pub status: u16,
    /// The headers, 64 KiB at most.
    pub headers: HeaderMap,
    /// Who answered in the end, without user name and password.
    pub url: Url,
    /// The body: unpacked and whole from [`Client::get`], the first bytes as they came from [`Client::post`].
    pub body: Vec<u8>,
    /// Where the first redirects led as far as they were permanent, without user name and password.
    pub moved: Option<Url>,
}

impl Client {
    /// A client with these limits, which goes the usual way. Reads the system's certificates, so build one and clone it.
    ///
    /// # Errors
    ///
    /// [`Unbuildable`] when `user_agent` cannot be a header, or the system's certificates cannot be read.
    pub fn new(settings: Settings) -> Result<Self, Unbuildable> {
        let doors = Arc::new(Doors::build(&settings, &Way::default())?);
        Ok(Self {
            doors,
            way: Arc::default(),
            settings: Arc::new(settings),
        })
    }

    /// A client like this one that goes this `way`.
    ///
    /// # Errors
    ///
    /// [`Unbuildable`] when `way` cannot be gone, as from [`new`](Self::new).
    pub fn by(&self, way: &Way) -> Result<Self, Unbuildable> {
        let doors = match way.connects_as(&self.way) {
            true => Arc::clone(&self.doors),
            false => Arc::new(Doors::build(&self.settings, way)?),
        };
        let mut settings = Settings::clone(&self.settings);
        settings.timeout = way.timeout.unwrap_or(settings.timeout);
        settings.max_body = way.max_body.unwrap_or(settings.max_body);
        Ok(Self {
            doors,
            way: Arc::new(way.clone()),
            settings: Arc::new(settings),
        })
    }

    /// The judgement this client uses, to refuse an address before it is stored.
    pub fn guard(&self) -> &Guard {
        &self.doors.guard
    }

    /// The addresses that a connection for `url` may lead to: those of its host, or none where they can't be had or where a
    /// proxy looks for them.
    pub async fn addresses(&self, url: &Url) -> Vec<IpAddr> {
        match self.doors.guard.check(url) {
            Ok(reach) => self.doors.of(reach).addresses(url).await,
            Err(_) => Vec::new(),
        }
    }

    /// Gets a whole page: status 200, or 304 when `headers` hold a validator. Every other status is a miss. `headers` are
    /// sent as they are, `User-Agent` and `Accept-Encoding` are added. A cookie that is set on the way is brought along on
    /// the way, to who set it, and forgotten.
    ///
    /// # Errors
    ///
    /// A [`Miss`].
    pub async fn get(
        &self,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        redirects: Redirects,
    ) -> Result<Answer, Miss> {
        let jar = &mut Jar::default();
        self.look(Method::GET, url, headers, Vec::new(), redirects, jar, &Alone)
            .await
    }

    /// As [`get`](Self::get), for the headers alone; `escort` has a say in where redirects lead.
    ///
    /// # Errors
    ///
    /// A [`Miss`], and what `escort` has against it.
    pub async fn head<E: Escort>(
        &self,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        redirects: Redirects,
        escort: &E,
    ) -> Result<Answer, E::No> {
        let jar = &mut Jar::default();
        self.look(Method::HEAD, url, headers, Vec::new(), redirects, jar, escort)
            .await
    }

    /// As [`get`](Self::get), as a part of a visit: brings along the cookies in `jar` and keeps there those that are set. A
    /// `form` is posted; where the answer is elsewhere, it is got there as browsers do, and no other origin sees the form.
    /// `escort` has a say in where redirects lead.
    ///
    /// # Errors
    ///
    /// A [`Miss`], and what `escort` has against it.
    pub async fn visit<E: Escort>(
        &self,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        form: Option<Vec<u8>>,
        redirects: Redirects,
        jar: &mut Jar,
        escort: &E,
    ) -> Result<Answer, E::No> {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        self.look(method, url, headers, form.unwrap_or_default(), redirects, jar, escort)
            .await
    }

    /// As [`get`](Self::get), for the first `most` bytes of a text, as they came; it may be longer, or break off.
    ///
    /// # Errors
    ///
    /// A [`Miss`].
    pub async fn beginning(&self, url: &Url, redirects: Redirects, most: usize) -> Result<Answer, Miss> {
        let plain = [(ACCEPT_ENCODING, HeaderValue::from_static("identity"))];
        let deadline = Instant::now() + self.settings.timeout;
        let (trail, mut response) = self
            .arrive(
                Method::GET,
                url,
                &plain,
                Vec::new(),
                redirects,
                &mut Jar::default(),
                deadline,
                &Alone,
            )
            .await?;
        let body = body::skim(&mut response, most, deadline).await;
        Ok(trail.end(response, body))
    }

    #[expect(clippy::too_many_arguments, reason = "it is what makes up a request")]
    async fn look<E: Escort>(
        &self,
        method: Method,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Vec<u8>,
        redirects: Redirects,
        jar: &mut Jar,
        escort: &E,
    ) -> Result<Answer, E::No> {
        let settings = &self.settings;
        let deadline = Instant::now() + settings.timeout;
        let headless = method == Method::HEAD;
        let (trail, mut response) = self
            .arrive(method, url, headers, body, redirects, jar, deadline, escort)
            .await?;
        let body = match response.status().as_u16() {
            200 if !headless => body::read(&mut response, settings, deadline).await?,
            _ => Vec::new(),
        };
        Ok(trail.end(response, body))
    }

    /// Follows redirects up to the headers of a 200, or of a 304 when that was asked for.
    #[expect(clippy::too_many_arguments, reason = "it is what makes up a request")]
    async fn arrive<E: Escort>(
        &self,
        mut method: Method,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        mut body: Vec<u8>,
        redirects: Redirects,
        jar: &mut Jar,
        deadline: Instant,
        escort: &E,
    ) -> Result<(Trail, Response), E::No> {
        let settings = &self.settings;
        let conditional = headers
            .iter()
            .any(|(name, _)| [IF_NONE_MATCH, IF_MODIFIED_SINCE].contains(name));
        let mut sent: HeaderMap = headers.iter().cloned().collect();
        sent.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(OFFERED));
        let mut trail = Trail::from(url, self.way.downgrade);
        loop {
            let here = &trail.here;
            let mut headers = sent.clone();
            if let Some(cookies) = jar.header(here, sent.get(COOKIE)) {
                headers.insert(COOKIE, cookies);
            }
            let response = self
                .ask(
                    method.clone(),
                    here,
                    headers,
                    body.clone(),
                    Budget::page(settings, deadline),
                )
                .await?;
            jar.take(here, response.headers());
            match (response.status().as_u16(), redirects) {
                (status @ (301 | 302 | 303 | 307 | 308), Redirects::Follow { max }) => {
                    let crossing = trail.follow(status, response.headers(), max)?;
                    if method == Method::POST && (status <= 303 || crossing == Crossing::OtherOrigin) {
                        (method, body) = (Method::GET, Vec::new());
                        sent.remove(CONTENT_TYPE);
                    }
                    if crossing == Crossing::OtherOrigin {
                        let foreign: Vec<_> = sent.keys().filter(|name| !HARMLESS.contains(name)).cloned().collect();
                        for name in foreign {
                            sent.remove(name);
                        }
                    }
                    escort.admit(&trail.here).await?;
                }
                (200, _) => return Ok((trail, response)),
                (304, _) if conditional => return Ok((trail, response)),
                (status, _) => {
                    let asks_to_wait = matches!(status, 429 | 503);
                    return Err(Miss::Status {
                        host: host(here),
                        status,
                        retry_after: asks_to_wait.then(|| retry_after(response.headers())).flatten(),
                    }
                    .into());
                }
            }
        }
    }

    /// Posts `body` and reads the beginning of the reply, 4 KiB at most, as it came. Any status is an answer; redirects are
    /// not followed, nothing is retried. Once a status has arrived the rest can no longer fail: a body that stalls or breaks
    /// off is cut there. `timeout` bounds the whole exchange.
    ///
    /// # Errors
    ///
    /// A [`Miss`] when no status arrived.
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Answer, Miss> {
        self.tell(Method::POST, url, headers, body, timeout).await
    }

    /// As [`post`](Self::post), with the method PUT.
    ///
    /// # Errors
    ///
    /// A [`Miss`].
    pub async fn put(
        &self,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Answer, Miss> {
        self.tell(Method::PUT, url, headers, body, timeout).await
    }

    /// Asks once with GET and reads the beginning of the reply, as [`post`](Self::post) does: any status is an answer, redirects are
    /// not followed.
    ///
    /// # Errors
    ///
    /// A [`Miss`] when no status arrived.
    pub async fn question(&self, url: &Url, timeout: Duration) -> Result<Answer, Miss> {
        let plain = [(ACCEPT_ENCODING, HeaderValue::from_static("identity"))];
        self.tell(Method::GET, url, &plain, Vec::new(), timeout).await
    }

    async fn tell(
        &self,
        method: Method,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Answer, Miss> {
        let deadline = Instant::now() + timeout;
        let headers = headers.iter().cloned().collect();
        let budget = Budget {
            headers_by: deadline,
            late: (Phase::Whole, timeout),
        };
        let mut response = self.ask(method, url, headers, body, budget).await?;
        let body = body::skim(&mut response, MAX_REPLY, deadline).await;
        Ok(Trail::from(url, Downgrade::Refused).end(response, body))
    }

    /// One hop, up to its headers.
    async fn ask(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Vec<u8>,
        budget: Budget,
    ) -> Result<Response, Miss> {
        let reach = self.doors.guard.check(url).map_err(|reason| refused(url, reason))?;
        let door = self.doors.of(reach);
        let mut request = door.request(method.clone(), url.clone()).headers(headers);
        if matches!(method, Method::POST | Method::PUT) {
            request = request.body(body);
        }
        let request = request.build().map_err(|_| Miss::Unsendable { host: host(url) })?;
        let response = timeout_at(budget.headers_by, door.send(request)).await.map_err(|_| {
            let (phase, after) = budget.late;
            Miss::Timeout {
                host: host(url),
                phase,
                after,
            }
        })??;
        let header_bytes: usize = response
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        if header_bytes > MAX_HEADER_BYTES {
            return Err(Miss::TooLarge {
                host: host(url),
                limit: Limit::Headers,
            });
        }
        Ok(response)
    }
}

impl Doors {
    fn build(settings: &Settings, way: &Way) -> Result<Self, Unbuildable> {
        let guard =
            Guard::new(settings.allow_networks.iter().copied()).allow_ports(settings.allow_ports.iter().cloned());
        let public = Door::build(settings, &guard, Reach::Public, way)?;
        let allowed_networks = guard
            .has_networks()
            .then(|| Door::build(settings, &guard, Reach::AllowedNetworks, way))
            .transpose()?;
        Ok(Self {
            guard,
            public,
            allowed_networks,
        })
    }

    fn of(&self, reach: Reach) -> &Door {
        match reach {
            Reach::Public => &self.public,
            Reach::AllowedNetworks => self.allowed_networks.as_ref().unwrap_or(&self.public),
        }
    }
}

fn refused(url: &Url, reason: Reason) -> Miss {
    Miss::Refused {
        host: host(url),
        reason,
    }
}

/// When the headers of a hop must be there, and which limit that is.
struct Budget {
    headers_by: Instant,
    late: (Phase, Duration),
}

impl Budget {
    fn page(settings: &Settings, deadline: Instant) -> Self {
        let headers_by = Instant::now() + settings.first_byte_timeout;
        if headers_by < deadline {
            return Self {
                headers_by,
                late: (Phase::Headers, settings.first_byte_timeout),
            };
        }
        Self {
            headers_by: deadline,
            late: (Phase::Whole, settings.timeout),
        }
    }
}

/// The way through redirects.
struct Trail {
    here: Url,
    hops: usize,
    moved: Option<Url>,
    permanent_so_far: bool,
    downgrade: Downgrade,
}

#[derive(PartialEq, Eq)]
enum Crossing {
    SameOrigin,
    OtherOrigin,
}

impl Trail {
    fn from(url: &Url, downgrade: Downgrade) -> Self {
        Self {
            downgrade,
            here: url.clone(),
            hops: 0,
            moved: None,
            permanent_so_far: true,
        }
    }

    /// Goes where an answer of `status` with `headers` points.
    fn follow(&mut self, status: u16, headers: &HeaderMap, max: usize) -> Result<Crossing, Miss> {
        let stray = |turn| Miss::Redirect {
            host: host(&self.here),
            turn,
        };
        if self.hops >= max {
            return Err(stray(Turn::TooOften(max)));
        }
        let mut next = headers
            .get(LOCATION)
            .and_then(|location| std::str::from_utf8(location.as_bytes()).ok())
            .and_then(|location| self.here.join(location).ok())
            .ok_or_else(|| stray(Turn::Nowhere))?;
        let falls = self.here.scheme() == "https" && next.scheme() == "http";
        if falls && self.downgrade == Downgrade::Refused {
            return Err(stray(Turn::Downgrade));
        }
        let same = self.here.origin() == next.origin();
        // A password belongs to the origin it was configured for; one that a redirect brings along is nobody's.
        let (name, password) = if same {
            (self.here.username(), self.here.password())
        } else {
            ("", None)
        };
        let _ = next.set_username(name).and_then(|()| next.set_password(password));
        self.permanent_so_far &= matches!(status, 301 | 308);
        if self.permanent_so_far {
            self.moved = Some(bare(next.clone()));
        }
        self.here = next;
        self.hops += 1;
        Ok(if same {
            Crossing::SameOrigin
        } else {
            Crossing::OtherOrigin
        })
    }

    fn end(self, mut response: Response, body: Vec<u8>) -> Answer {
        Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            url: bare(self.here),
            body,
            moved: self.moved,
        }
    }
}

/// Without user name and password, which must not become part of links.
fn bare(mut url: Url) -> Url {
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, location: &str, expected: Result<&str, Turn>) {
        let mut trail = Trail::from(&Url::parse(from).expect("a URL"), Downgrade::Refused);
        let headers = [(
            LOCATION,
            HeaderValue::from_bytes(location.as_bytes()).expect("a header"),
        )]
        .into_iter()
        .collect();
        let followed = trail.follow(302, &headers, 5).map(|_| trail.here.as_str().to_owned());
        let expected = expected.map(str::to_owned).map_err(|turn| Miss::Redirect {
            host: host(&trail.here),
            turn,
        });
        assert_eq!(followed, expected);
    }

    #[test]
    fn a_redirect_never_gives_up_encryption() {
        check("https://a.example/x", "http://a.example/x", Err(Turn::Downgrade));
        check("http://a.example/x", "https://a.example/x", Ok("https://a.example/x"));
        check("https://a.example/x", "//b.example/y", Ok("https://b.example/y"));
    }

    #[test]
    fn a_password_stays_with_its_origin_and_none_is_taken_from_a_redirect() {
        check("https://u:p@a.example/x", "/y", Ok("https://u:p@a.example/y"));
        check(
            "https://u:p@a.example/x",
            "https://a.example/y",
            Ok("https://u:p@a.example/y"),
        );
        check(
            "https://u:p@a.example/x",
            "https://b.example/y",
            Ok("https://b.example/y"),
        );
        check(
            "https://a.example/x",
            "https://u:p@b.example/y",
            Ok("https://b.example/y"),
        );
        check(
            "https://u:p@a.example/x",
            "https://a.example:8443/y",
            Ok("https://a.example:8443/y"),
        );
    }

    #[test]
    fn a_redirect_to_nothing_is_a_miss() {
        check("https://a.example/x", "http://[::bad/ %zz", Err(Turn::Nowhere));
        check("https://a.example/x", "https://", Err(Turn::Nowhere));
    }
}
