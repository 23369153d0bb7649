//! Reads a body against its budgets. Nothing is reserved because a header promised it.

use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::time::{Instant, timeout_at};

use super::Settings;
use super::decode::{Stop, Unpacking};
use super::miss::{Limit, Miss, Phase, host};

/// The whole body, unpacked, or why there is none.
pub(super) async fn read(response: &mut Response, settings: &Settings, deadline: Instant) -> Result<Vec<u8>, Miss> {
    let url = response.url().clone();
    let stopped = |stop| stopped(stop, host(&url));
    if response
        .content_length()
        .is_some_and(|length| length > settings.max_body as u64)
    {
        return Err(stopped(Stop::TooLarge(settings.max_body)));
    }
    let mut unpacking = coding(response.headers())
        .and_then(|coding| Unpacking::new(&coding, settings.max_body, settings.max_ratio))
        .map_err(stopped)?;
    loop {
        let chunk = timeout_at(deadline, response.chunk())
            .await
            .map_err(|_| Miss::Timeout {
                host: host(&url),
                phase: Phase::Whole,
                after: settings.timeout,
            })?
            .map_err(|error| Miss::of(&error, &url, settings.connect_timeout))?;
        match chunk {
            Some(bytes) => unpacking.push(&bytes).map_err(stopped)?,
            None => return unpacking.finish().map_err(stopped),
        }
    }
}

/// The first `most` bytes as they are, or what there was of them when the other side stalled or broke off.
pub(super) async fn skim(response: &mut Response, most: usize, deadline: Instant) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Ok(Some(bytes))) = timeout_at(deadline, response.chunk()).await {
        body.extend_from_slice(&bytes[..bytes.len().min(most - body.len())]);
        if body.len() == most {
            break;
        }
    }
    body
}

/// All codings of a body in one text, as if they stood in one header.
fn coding(headers: &HeaderMap) -> Result<String, Stop> {
    let codings: Result<Vec<&str>, _> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(|value| value.to_str())
        .collect();
    Ok(codings
        .map_err(|_| Stop::Damaged("it is packed in a way that was not asked for"))?
        .join(","))
}

fn stopped(stop: Stop, host: String) -> Miss {
    match stop {
        Stop::TooLarge(most) => Miss::TooLarge {
            host,
            limit: Limit::Body(most),
        },
        Stop::Ratio(most) => Miss::TooLarge {
            host,
            limit: Limit::Ratio(most),
        },
        Stop::Damaged(why) => Miss::Encoding { host, why },
    }
}
