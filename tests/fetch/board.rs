//! A server on loopback that writes the bytes a test wants, however wrong, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What a board does after it was asked.
#[derive(Clone)]
pub enum Reply {
    /// Writes this and closes.
    Bytes(Vec<u8>),
    /// Writes the first part, then the second for ever, a pause in between.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Writes this and then nothing, and does not close.
    Stall(Vec<u8>),
    /// Writes this and resets the connection.
    Reset(Vec<u8>),
}

pub struct Board {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    hung_up: tokio::sync::Mutex<mpsc::UnboundedReceiver<()>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Board {
    /// A board that answers a path as `reply` says.
    pub async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1", reply).await
    }

    pub async fn at(ip: &str, reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listening(ip, move |path: &str, _: &str| reply(path)).await
    }

    /// A board that answers a path as `reply` says, which sees the whole head, in lower case.
    pub async fn reading(reply: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listening("127.0.0.1", reply).await
    }

    async fn listening(ip: &str, reply: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (tell, hung_up) = mpsc::unbounded_channel();
        let (reply, asked) = (Arc::new(reply), Arc::clone(&heads));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (reply, asked, tell) = (Arc::clone(&reply), Arc::clone(&asked), tell.clone());
                tokio::spawn(async move {
                    serve(stream, &*reply, &asked).await;
                    let _ = tell.send(());
                });
            }
        });
        Self {
            address,
            heads,
            hung_up: tokio::sync::Mutex::new(hung_up),
            serving,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The heads of all requests so far, names in lower case.
    pub fn asked(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }

    /// Waits until the other side of one connection is gone.
    pub async fn hung_up(&self) {
        let gone = async { self.hung_up.lock().await.recv().await };
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .expect("the client hangs up");
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A 200 with these header lines and this body.
pub fn ok(lines: &str, body: impl AsRef<[u8]>) -> Reply {
    answer("200 OK", lines, body)
}

pub fn answer(status: &str, lines: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    Reply::Bytes([head.as_bytes(), body].concat())
}

async fn serve(mut stream: TcpStream, reply: &(dyn Fn(&str, &str) -> Reply + Send + Sync), asked: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(read) if read > 0 => {}
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let head = head.to_lowercase();
    asked.lock().expect("no panic").push(head.clone());
    match reply(&path, &head) {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Endless(first, again, pause) => {
            let _ = stream.write_all(&first).await;
            while stream.write_all(&again).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        Reply::Reset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            stream.set_zero_linger().expect("a socket option");
        }
    }
}
