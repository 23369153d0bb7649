//! The stream of a connection, of either kind of socket.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, Interest},
    net::{TcpStream, UnixStream},
};

use super::lent::Lent;

/// So many bytes of answers the system holds at most that can't leave yet, beside those on their way.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// Makes `stream` ready for answers. Whoever takes nothing for `patience` is given up by the system too, also after we have closed: a
/// reader that stands still would else make it hold megabytes of answers for minutes.
///
/// # Errors
///
/// When the peer is gone already.
pub(super) fn prepare(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    // Head and body of an answer are one write already; waiting for more only delays small ones.
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    {
        let socket = socket2::SockRef::from(stream);
        socket.set_tcp_notsent_lowat(UNSENT)?;
        socket.set_tcp_user_timeout(Some(patience))?;
    }
    Ok(())
}

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
