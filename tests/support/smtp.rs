//! A mail relay on loopback that keeps what it takes, and misbehaves when told to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How the relay behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything.
    #[default]
    Good,
    /// Hangs up on whoever connects.
    Dead,
    /// Answers 451 to every recipient.
    Later,
    /// Answers 550 5.1.1 to every recipient.
    NoMailbox,
    /// Takes the message and hangs up instead of saying so, once; then it is good.
    CutAfterDot,
    /// Answers 554 5.7.1 to every recipient, as a relay does that wants a login first.
    Denied,
    /// Answers 554 5.7.1 to every message.
    Unwanted,
    /// Takes each message and hangs up after having said so.
    OneEach,
    /// Takes the message and says so when its mood changes.
    Slow,
    /// Takes messages of at most [`SMALL`] bytes, and says so when greeted.
    Small,
    /// As the former, but it says so when it has the message.
    SmallUnsaid,
    /// Answers 550 5.1.1 to recipients whose address begins with `gone`.
    Picky,
    /// Takes messages to them, and then answers 451.
    PickyAfterDot,
}

/// What a relay takes that takes only small messages, in bytes.
pub const SMALL: usize = 12_000;

/// A mail as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub bytes: Vec<u8>,
}

impl Mail {
    pub fn header(&self, name: &str) -> String {
        let mail = mail_parser::MessageParser::default()
            .parse(&self.bytes)
            .expect("a mail");
        mail.header_raw(name).unwrap_or_default().trim().to_owned()
    }

    pub fn subject(&self) -> String {
        let mail = mail_parser::MessageParser::default()
            .parse(&self.bytes)
            .expect("a mail");
        mail.subject().unwrap_or_default().to_owned()
    }

    pub fn text(&self) -> String {
        let mail = mail_parser::MessageParser::default()
            .parse(&self.bytes)
            .expect("a mail");
        mail.body_text(0).unwrap_or_default().into_owned()
    }
}

/// The relay.
#[derive(Clone)]
pub struct Relay {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    mood: Mood,
    mails: Vec<Mail>,
    ahead: usize,
}

impl Relay {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let relay = Self {
            address: listener.local_addr().expect("an address"),
            state: Arc::default(),
        };
        let serving = relay.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let relay = serving.clone();
                tokio::spawn(async move { relay.talk(stream).await });
            }
        });
        relay
    }

    pub fn is(&self, mood: Mood) {
        self.state.lock().expect("a lock").mood = mood;
    }

    /// What it has taken, in order.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.lock().expect("a lock").mails.clone()
    }

    /// How often the end of a message and the next envelope came together.
    pub fn ahead(&self) -> usize {
        self.state.lock().expect("a lock").ahead
    }

    fn mood(&self) -> Mood {
        self.state.lock().expect("a lock").mood
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        if self.mood() == Mood::Dead {
            return Ok(());
        }
        stream.set_nodelay(true)?;
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read);
        write.write_all(b"220 relay\r\n").await?;
        let (mut from, mut to) = (String::new(), String::new());
        let mut line = String::new();
        while {
            line.clear();
            lines.read_line(&mut line).await? > 0
        } {
            let word = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_uppercase();
            let path = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let answer = match (word.as_str(), self.mood()) {
                ("EHLO", Mood::Small) => "250-relay\r\n250-PIPELINING\r\n250 SIZE 12000\r\n",
                ("EHLO", _) => "250-relay\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
                ("MAIL", _) => {
                    from = path();
                    "250 fine\r\n"
                }
                ("RCPT", Mood::Later) => "451 4.3.0 not now\r\n",
                ("RCPT", Mood::Denied) => "554 5.7.1 <reader@example.net>: Relay access denied\r\n",
                ("RCPT", Mood::NoMailbox) => "550 5.1.1 no such mailbox\r\n",
                ("RCPT", Mood::Picky) if path().starts_with("gone") => {
                    to.clear();
                    "550 5.1.1 no such mailbox\r\n"
                }
                ("RCPT", _) => {
                    to = path();
                    "250 fine\r\n"
                }
                ("DATA", _) if to.is_empty() => "503 no recipient\r\n",
                ("DATA", mood) => {
                    write.write_all(b"354 go on\r\n").await?;
                    let mut bytes = Vec::new();
                    loop {
                        let mut line = Vec::new();
                        if lines.read_until(b'\n', &mut line).await? == 0 {
                            return Ok(());
                        }
                        if line == b".\r\n" {
                            break;
                        }
                        bytes.extend_from_slice(if line.starts_with(b".") { &line[1..] } else { &line });
                    }
                    if lines.buffer().starts_with(b"MAIL") {
                        self.state.lock().expect("a lock").ahead += 1;
                    }
                    if mood == Mood::PickyAfterDot && to.starts_with("gone") {
                        write.write_all(b"451 4.3.0 not now\r\n").await?;
                        continue;
                    }
                    if mood == Mood::Unwanted {
                        write.write_all(b"554 5.7.1 we do not like it\r\n").await?;
                        continue;
                    }
                    if bytes.len() > SMALL && matches!(mood, Mood::Small | Mood::SmallUnsaid) {
                        write.write_all(b"552 5.3.4 too large\r\n").await?;
                        continue;
                    }
                    let mail = Mail {
                        from: std::mem::take(&mut from),
                        to: std::mem::take(&mut to),
                        bytes,
                    };
                    self.state.lock().expect("a lock").mails.push(mail);
                    match mood {
                        Mood::CutAfterDot => {
                            self.is(Mood::Good);
                            return Ok(());
                        }
                        Mood::OneEach => return write.write_all(b"250 taken\r\n").await,
                        _ => {}
                    }
                    while self.mood() == Mood::Slow {
                        tokio::task::yield_now().await;
                    }
                    "250 taken\r\n"
                }
                ("QUIT", _) => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 fine\r\n",
            };
            write.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }
}
