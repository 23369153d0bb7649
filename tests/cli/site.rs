//! A web site on loopback that shows what a test wants, and remembers what it was asked for.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Runs until the tests end.
pub struct Site {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What is shown at a path.
pub struct Shown {
    head: String,
    body: String,
}

impl Shown {
    /// A body of this media type.
    pub fn of(media_type: &str, body: impl Into<String>) -> Self {
        Self {
            head: format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n"),
            body: body.into(),
        }
    }

    /// A redirect.
    pub fn moved(to: &str) -> Self {
        Self {
            head: format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n"),
            body: String::new(),
        }
    }

    /// The same, with one more line in its head.
    pub fn with(mut self, header: &str) -> Self {
        self.head.push_str(&format!("{header}\r\n"));
        self
    }
}

impl Site {
    /// Shows these at their paths; everything else is not found.
    pub fn start<const N: usize>(pages: [(&str, Shown); N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let pages: HashMap<String, String> = pages
            .into_iter()
            .map(|(path, Shown { head, body })| {
                let length = body.len();
                let answer = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
                (path.to_owned(), answer)
            })
            .collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &pages, &heard);
            }
        });
        Self { address, asked }
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The paths that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn answer(mut stream: TcpStream, pages: &HashMap<String, String>, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(pages.get(&path).map_or(none, String::as_str).as_bytes())?;
    heard.lock().expect("no panic").push(path);
    Ok(())
}
