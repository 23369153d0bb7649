//! The stream of a connection, of either kind of socket.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, Interest},
    net::{TcpStream, UnixStream},
};

use super::lent::Lent;

/// The stream of a connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    /// A vectored write of parts of which the last may be lent.
    fn poll_lend(&mut self, cx: &mut Context<'_>, lent: &Lent, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>>;
}

impl Stream for TcpStream {
    fn poll_lend(&mut self, cx: &mut Context<'_>, lent: &Lent, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_write_ready(cx))?;
            match self.try_io(Interest::WRITABLE, || lent.send(&*self, parts)) {
                Err(full) if full.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }
}

impl Stream for UnixStream {
    /// Whoever is behind it is a proxy on this machine, and has a copy for its readers.
    fn poll_lend(&mut self, cx: &mut Context<'_>, _: &Lent, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(self).poll_write_vectored(cx, parts)
    }
}

impl Stream for Box<dyn Stream> {
    fn poll_lend(&mut self, cx: &mut Context<'_>, lent: &Lent, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        (**self).poll_lend(cx, lent, parts)
    }
}
