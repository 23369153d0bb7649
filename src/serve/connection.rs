//! Patience with slow peers, and its end.
//!
//! hyper has one timer for the head of a request, idle time included, and starts it anew for each. Here the first byte and the
//! last byte of a head are apart by at most [`Limits::head`], a connection rests for at most [`Limits::rest`], and a peer that
//! takes nothing of an answer for [`Limits::write`] is closed.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use super::{Limits, lent::Lent, stream::Stream};

const HEAD: u8 = 0;
const ANSWERING: u8 = 1;
const RESTING: u8 = 2;

/// What a connection is busy with: reading a head, answering, or resting between requests. A new one reads a head: whoever
/// connects and says nothing is as slow as one who says it bit by bit.
#[derive(Clone, Debug, Default)]
pub(super) struct Phase(Arc<Busy>);

#[derive(Debug, Default)]
struct Busy {
    with: AtomicU8,
    /// What is lent of the body that is being sent.
    lent: Mutex<Option<Lent>>,
}

impl Phase {
    pub(super) fn answering(&self) {
        self.enter(ANSWERING);
    }

    /// The body that follows is lent, or none is.
    pub(super) fn lends(&self, lent: Option<Lent>) {
        *self.0.lent.lock().unwrap_or_else(PoisonError::into_inner) = lent;
    }

    fn lent(&self) -> Option<Lent> {
        self.0.lent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn enter(&self, phase: u8) {
        self.0.with.store(phase, Ordering::Relaxed);
    }

    fn is(&self, phase: u8) -> bool {
        self.0.with.load(Ordering::Relaxed) == phase
    }

    /// `body`, after which the connection rests.
    pub(super) fn until_sent(self, body: Body) -> Sent {
        Sent { body, phase: self }
    }
}

/// A body that tells when it ended.
pub(super) struct Sent {
    body: Body,
    phase: Phase,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.phase.enter(RESTING);
    }
}

/// A stream whose peer may not be slower than the limits.
pub(super) struct Patient<S> {
    stream: S,
    phase: Phase,
    limits: Limits,
    reading: Deadline,
    writing: Deadline,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, phase: Phase, limits: Limits) -> Self {
        Self {
            stream,
            phase,
            limits,
            reading: Deadline::default(),
            writing: Deadline::default(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let has_come = buf.filled().len() > before;
        match this.phase.0.with.load(Ordering::Relaxed) {
            RESTING if has_come => {
                this.phase.enter(HEAD);
                this.reading.begin(this.limits.head);
            }
            RESTING => this.reading.at_most(this.limits.rest, cx)?,
            // Nearly all heads come in one piece.
            HEAD if has_come => {}
            HEAD => this.reading.at_most(this.limits.head, cx)?,
            _ => this.reading.clear(),
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    /// Passes on what the peer took; an error when it took nothing for too long.
    fn taken<T>(&mut self, cx: &mut Context<'_>, taken: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if taken.is_pending() {
            self.writing.at_most(self.limits.write, cx)?;
            return taken;
        }
        self.writing.clear();
        if self.phase.is(RESTING) {
            // That was the end of an answer; nothing may be read before the peer says something.
            self.reading.begin(self.limits.rest);
            self.reading.at_most(self.limits.rest, cx)?;
        }
        taken
    }
}

impl<S: Stream> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let taken = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.taken(cx, taken)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(lent) = this.phase.lent() else {
            let taken = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
            return this.taken(cx, taken);
        };
        let taken = this.stream.poll_lend(cx, &lent, bufs);
        let whole: usize = bufs.iter().map(|part| part.len()).sum();
        if matches!(taken, Poll::Ready(Ok(taken)) if taken == whole) {
            // A connection that rests holds nothing of the body.
            this.phase.lends(None);
        }
        this.taken(cx, taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let taken = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.taken(cx, taken)
    }
}

/// A time until which something is waited for. Its timer is set once and only looked at when it rings: setting it anew for each
/// request would cost as much as much of the answer.
#[derive(Default)]
struct Deadline {
    until: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    /// Begins to wait anew.
    fn begin(&mut self, patience: Duration) {
        self.until = Some(Instant::now() + patience);
    }

    /// Begins to wait when nothing is waited for yet; an error when that has taken longer than `patience`.
    fn at_most(&mut self, patience: Duration, cx: &mut Context<'_>) -> io::Result<()> {
        let until = *self.until.get_or_insert_with(|| Instant::now() + patience);
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if timer.deadline() > until {
            timer.as_mut().reset(until);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            timer.as_mut().reset(until);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.until = None;
    }
}
