//! The accept loop: one task per connection, a bound on how many, and an orderly end.
//!
//! `axum::serve` never closes a slow connection and takes any `Host`, hence a loop of our own.

use std::{convert::Infallible, io, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use futures_util::{
    FutureExt,
    future::{Either, ready},
};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{
    Limits, Metrics, answer,
    connection::{Patient, Phase},
    lent::Lent,
    peer::Peer,
    routes::{self, House},
    stream::{self, Stream},
};
use crate::ops::Listener;

/// Most bytes of a request's head that are buffered; what is longer than [`answer::MAX_HEAD`] but fits here gets an answer
/// that says so.
const BUFFER: usize = 32 * 1024;

/// How long to wait when no connection can be accepted (too many open files).
const BREATHER: Duration = Duration::from_millis(100);

pub(super) async fn serve(
    listener: Listener,
    house: Arc<House>,
    limits: Limits,
    metrics: Metrics,
    stop: CancellationToken,
) -> io::Result<()> {
    let router = routes::router(Arc::clone(&house));
    let permits = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    loop {
        let permit = tokio::select! {
            () = stop.cancelled() => break,
            permit = Arc::clone(&permits).acquire_owned() => permit.expect("nobody closes the semaphore"),
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, limits) => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(stream) => stream,
            Err(refused) => {
                // The peer was gone before we came, or there are no descriptors left: other connections go on.
                tracing::debug!(%refused, "a connection could not be accepted");
                tokio::time::sleep(BREATHER).await;
                continue;
            }
        };
        let (house, router, metrics) = (Arc::clone(&house), router.clone(), metrics.clone());
        let (stop, cut) = (stop.clone(), cut.clone());
        connections.spawn(async move {
            metrics.connections.inc();
            let answering = converse((stream, peer), &house, router, limits, &metrics, stop);
            tokio::select! {
                () = answering => {}
                () = cut.cancelled() => {}
            }
            metrics.connections.dec();
            drop(permit);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain, connections.wait()).await.is_err() {
        cut.cancel();
        connections.wait().await;
    }
    Ok(())
}

async fn accept(listener: &Listener, limits: Limits) -> io::Result<(Box<dyn Stream>, Peer)> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            stream::prepare(&stream, limits.write)?;
            Ok((Box::new(stream), Peer(Some(peer.ip()))))
        }
        Listener::Unix(listener) => Ok((Box::new(listener.accept().await?.0), Peer(None))),
    }
}

async fn converse(
    (stream, peer): (Box<dyn Stream>, Peer),
    house: &House,
    router: Router,
    limits: Limits,
    metrics: &Metrics,
    stop: CancellationToken,
) {
    let phase = Phase::default();
    let stream = Patient::new(stream, phase.clone(), limits);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        phase.answering();
        let phase = phase.clone();
        let route = answer::route(request.uri().path());
        let at_once = answer::refusal(&request).or_else(|| house.at_once(&request));
        let answer = match at_once {
            Some(answer) => Either::Left(ready(answer)),
            None => Either::Right(
                router
                    .clone()
                    .oneshot(request)
                    .map(|answer| answer::furnish(answer.unwrap_or_else(|never: Infallible| match never {}))),
            ),
        };
        async move {
            let mut answer = answer.await;
            phase.lends(answer.extensions_mut().remove::<Lent>());
            metrics.answered(route, answer.status().as_u16());
            Ok::<_, Infallible>(answer.map(|body| phase.until_sent(body)))
        }
    });
    let mut conversation = pin!(
        http1::Builder::new()
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut stopping = false;
    loop {
        tokio::select! {
            // A peer that went away or was too slow is an everyday event.
            _ = conversation.as_mut() => return,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                conversation.as_mut().graceful_shutdown();
            }
        }
    }
}
