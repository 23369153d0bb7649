//! What comes back, over LMTP (RFC 2033): each message is answered when what it says is recorded, and taken for nobody but the
//! addresses that were ours to give.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Returns;
use crate::ops::Listener;

/// Most connections at once.
const CONNECTIONS: usize = 16;

/// How long the other side may take for a line, or for the next part of a message.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest line of a command, in bytes; of a message, any.
const LINE: u64 = 1024;

/// Most recipients of one message.
const RECIPIENTS: usize = 100;

/// The largest message, in bytes.
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// As much of a message is kept, in bytes: more than counts.
const KEPT: usize = 1024 * 1024;

/// Takes messages until `stop` is cancelled.
pub(super) async fn serve(returns: &Returns, listener: Listener, stop: &CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    info!("what comes back is taken by LMTP");
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener) => accepted,
        };
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => {
                warn!("an LMTP connection could not be taken: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let (returns, stop) = (returns.clone(), stop.clone());
        connections.spawn(async move {
            let _place = place;
            let talking = talk(&returns, BufReader::new(stream));
            // Who is cut off delivers again.
            let _ = stop.run_until_cancelled(talking).await;
        });
    }
    connections.shutdown().await;
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn accept(listener: &Listener) -> io::Result<Box<dyn Stream>> {
    Ok(match listener {
        Listener::Tcp(listener) => Box::new(listener.accept().await?.0),
        Listener::Unix(listener) => Box::new(listener.accept().await?.0),
    })
}

/// One connection, to its end.
async fn talk(returns: &Returns, mut stream: BufReader<impl Stream>) -> io::Result<()> {
    say(&mut stream, "220 gazetted LMTP ready\r\n").await?;
    let mut recipients: Vec<String> = Vec::new();
    let mut has_sender = false;
    loop {
        let Some(line) = command(&mut stream).await? else {
            return Ok(());
        };
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "LHLO" => {
                let offers = format!(
                    "250-gazetted\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SIZE {MOST_BYTES}\r\n"
                );
                say(&mut stream, &offers).await?;
            }
            "HELO" | "EHLO" => say(&mut stream, "500 5.5.1 this is LMTP: say LHLO\r\n").await?,
            "MAIL" => {
                (has_sender, recipients) = (true, Vec::new());
                say(&mut stream, "250 2.1.0 fine\r\n").await?;
            }
            "RCPT" if !has_sender => say(&mut stream, "503 5.5.1 MAIL comes first\r\n").await?,
            "RCPT" => {
                let address = line
                    .split_once('<')
                    .and_then(|(_, rest)| rest.split_once('>'))
                    .map(|(address, _)| address);
                let is_ours = address.is_some_and(|address| returns.takes(address));
                let answer = match address.filter(|_| is_ours) {
                    Some(_) if recipients.len() >= RECIPIENTS => "452 4.5.3 too many recipients\r\n",
                    Some(address) => {
                        recipients.push(address.to_owned());
                        "250 2.1.5 fine\r\n"
                    }
                    None => "550 5.1.1 there is no such address\r\n",
                };
                say(&mut stream, answer).await?;
            }
            "DATA" if recipients.is_empty() => say(&mut stream, "503 5.5.1 no recipient\r\n").await?,
            "DATA" => {
                say(&mut stream, "354 go on\r\n").await?;
                let to = std::mem::take(&mut recipients);
                has_sender = false;
                let answer = match message(&mut stream).await? {
                    None => "552 5.3.4 the message is too large\r\n",
                    Some(message) => match returns.heed(&to, message).await {
                        Ok(()) => "250 2.0.0 taken\r\n",
                        Err(error) => {
                            warn!("what came back could not be recorded: {error}");
                            "451 4.3.0 not now\r\n"
                        }
                    },
                };
                // One answer for each recipient (RFC 2033 §4.2).
                say(&mut stream, &answer.repeat(to.len())).await?;
            }
            "RSET" => {
                (has_sender, recipients) = (false, Vec::new());
                say(&mut stream, "250 2.0.0 fine\r\n").await?;
            }
            "NOOP" => say(&mut stream, "250 2.0.0 fine\r\n").await?,
            "QUIT" => return say(&mut stream, "221 2.0.0 bye\r\n").await,
            _ => say(&mut stream, "500 5.5.2 unknown\r\n").await?,
        }
    }
}

async fn say(stream: &mut BufReader<impl Stream>, words: &str) -> io::Result<()> {
    in_time(async {
        stream.write_all(words.as_bytes()).await?;
        stream.flush().await
    })
    .await
}

/// The next command; `None` when the other side has hung up.
async fn command(stream: &mut BufReader<impl Stream>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    in_time((&mut *stream).take(LINE).read_until(b'\n', &mut line)).await?;
    if line.is_empty() {
        return Ok(None);
    }
    if !line.ends_with(b"\n") {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
}

/// The message, without what is doubled or does not count; `None` when it is too large.
async fn message(stream: &mut BufReader<impl Stream>) -> io::Result<Option<Vec<u8>>> {
    let (mut message, mut size, mut line) = (Vec::new(), 0, Vec::new());
    let mut begins = true;
    loop {
        line.clear();
        in_time((&mut *stream).take(LINE * 64).read_until(b'\n', &mut line)).await?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if begins && (line == b".\r\n" || line == b".\n") {
            return Ok((size <= MOST_BYTES).then_some(message));
        }
        let text = if begins && line.starts_with(b".") {
            &line[1..]
        } else {
            &line[..]
        };
        begins = line.ends_with(b"\n");
        size += text.len();
        if size > 4 * MOST_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the message does not end"));
        }
        if message.len() < KEPT {
            message.extend_from_slice(text);
        }
    }
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
