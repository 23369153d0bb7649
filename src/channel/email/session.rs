//! One connection to a relay (RFC 5321), owned by one worker.
//!
//! A connection on which anything went wrong is dropped and never used for another message: a late answer would be taken for
//! the answer to something else. Commands are pipelined (RFC 2920) where the relay offers it, and the envelope of the next message
//! goes out with the final dot of the one before. Only a good answer to that dot means that the relay has the message.

use std::{io, sync::Arc, time::Duration};

use base64::prelude::{BASE64_STANDARD, Engine};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{Encryption, Relay, relay::Patience};
use crate::{bounce::says_no_mailbox, channel::one_line, ops::Secret, subscription::Address};

/// The longest line of a reply, and the most lines (RFC 5321 §4.5.3.1.5 asks for 512 bytes).
const REPLY_LINE: u64 = 2048;
const REPLY_LINES: usize = 100;

/// A message of so many bytes is sent at once; the end of a longer one waits until the rest is on its way.
const SHORT: usize = 64 * 1024;

/// What the relay said to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It has taken responsibility.
    Accepted,
    /// Not now, this recipient or this message.
    Later(String),
    /// Never this message to this recipient.
    Refused(String),
    /// Not this message, for a reason that is not the recipient's: content, policy, our right to send through it.
    Unwanted(String),
    /// There is no such mailbox.
    NoMailbox(String),
    /// Never this message, which is too large.
    TooLarge(String),
}

/// A message for one recipient.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where word of a failure goes.
    pub from: &'a Address,
    /// To whom.
    pub to: &'a Address,
    /// The message.
    pub message: &'a [u8],
}

/// Asked right before the final dot, after which the relay has the message: whether it is still ours to send.
pub type InTime<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// Trouble with the relay itself, or with us; no fault of the recipient's. The connection is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It can't be reached, or is not ready for anybody. No message was shown to it.
    #[error("{0}")]
    Away(String),
    /// It broke off before the final dot was sent.
    #[error("{0}")]
    Broken(String),
    /// It closed the connection (421) where it was to answer for this recipient.
    #[error("{0}")]
    Closing(String),
    /// It broke off after the final dot: it may have the message or not.
    #[error("{0}, after the whole message was sent")]
    Ambiguous(String),
    /// It does not want mail from us at all: bad login, blocked sender, no TLS.
    #[error("{0}")]
    Unwilling(String),
    /// Before the final dot, the message was not ours to send any more. Nobody has it.
    #[error("sending it took too long")]
    Late,
}

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// A connection to a relay that greeted us and let us in.
pub struct Session {
    stream: BufReader<Box<dyn Stream>>,
    patience: Patience,
    offers: Offers,
    /// The envelope that the relay was shown already and has not answered.
    shown: Option<Envelope>,
}

/// The commands before a message: MAIL, RCPT and DATA.
#[derive(PartialEq, Eq)]
struct Envelope([String; 3]);

/// The answers to them; none where the one before was no good.
struct Answers {
    mail: Reply,
    rcpt: Reply,
    data: Reply,
}

/// What the relay said it can do (RFC 1869).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Offers {
    pipelining: bool,
    starttls: bool,
    eight_bit: bool,
    size: Option<usize>,
    plain: bool,
    login: bool,
}

struct Reply {
    code: u16,
    text: String,
}

impl Reply {
    /// Where nothing was asked.
    fn none() -> Self {
        Self {
            code: 0,
            text: String::new(),
        }
    }

    /// What it says, without the addresses in it: relays quote the reader's.
    fn words(&self) -> String {
        let text: Vec<&str> = self
            .text
            .split_whitespace()
            .map(|word| if word.contains('@') { "<address>" } else { word })
            .collect();
        one_line(&format!("{} {}", self.code, text.join(" ")))
    }

    /// Whether it has one of these enhanced codes (RFC 3463), or one that begins so.
    fn says(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| {
            self.text
                .strip_prefix(code)
                .is_some_and(|rest| code.ends_with('.') || !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }

    /// Whether it is about the size of a message (RFC 1870 §6.1, RFC 3463).
    fn is_size(&self) -> bool {
        self.code == 552 || (self.code >= 500 && self.says(&["5.3.4"]))
    }

    fn is_good(&self) -> bool {
        (200..300).contains(&self.code)
    }
}

impl Session {
    /// Connects, greets, encrypts and logs in, as the relay is configured.
    ///
    /// # Errors
    ///
    /// [`Trouble`], in words.
    pub async fn open(relay: &Relay) -> Result<Self, Trouble> {
        Self::begin(relay).await.map_err(|trouble| match trouble {
            Trouble::Broken(why) | Trouble::Closing(why) => Trouble::Away(why),
            trouble => trouble,
        })
    }

    async fn begin(relay: &Relay) -> Result<Self, Trouble> {
        let patience = relay.patience;
        let connecting = TcpStream::connect((relay.host.as_str(), relay.port));
        let stream = within(patience.greeting, "connecting", connecting).await?;
        // Without this, each short command would wait for the acknowledgement of the one before.
        stream.set_nodelay(true).map_err(|error| broken("connecting", &error))?;
        let stream: Box<dyn Stream> = match relay.encryption {
            Encryption::Implicit => encrypt(relay, stream, patience.greeting).await?,
            _ => Box::new(stream),
        };
        let mut session = Self {
            stream: BufReader::new(stream),
            patience,
            offers: Offers::default(),
            shown: None,
        };
        let greeting = session.reply("waiting for the greeting", patience.greeting).await?;
        if greeting.code != 220 {
            return Err(session.unwelcome(greeting));
        }
        session.hello().await?;
        if relay.encryption == Encryption::Required {
            session = session.start_tls(relay).await?;
        }
        if let Some((user, password)) = &relay.login {
            session.log_in(user, password).await?;
        }
        Ok(session)
    }

    /// Sends a message, and shows the relay who the `next` one is for, which must then be the next. `Err` leaves no usable connection.
    ///
    /// # Errors
    ///
    /// [`Trouble`] that is not about this recipient.
    pub async fn send(
        mut self,
        one: Outgoing<'_>,
        next: Option<Outgoing<'_>>,
        in_time: InTime<'_>,
    ) -> Result<(Self, Sent), Trouble> {
        let envelope = match self.envelope(one) {
            Ok(envelope) => envelope,
            Err(too_large) => return Ok((self, too_large)),
        };
        let answers = match self.shown.take() {
            Some(shown) if shown == envelope => self.answers().await?,
            Some(_) => return Err(Trouble::Broken("the relay was to get another message next".to_owned())),
            None => self.show(&envelope).await?,
        };
        let next = next.filter(|_| self.offers.pipelining);
        let next = next.and_then(|next| self.envelope(next).ok());
        self.judge(answers, one.message, next, in_time).await
    }

    /// Whether the relay was shown who the next message is for.
    pub fn is_promised(&self) -> bool {
        self.shown.is_some()
    }

    fn envelope(&self, one: Outgoing<'_>) -> Result<Envelope, Sent> {
        let Outgoing { from, to, message } = one;
        if let Some(size) = self.offers.size.filter(|size| *size > 0 && *size < message.len()) {
            let why = format!("the message is larger than the {size} bytes that the relay takes");
            return Err(Sent::TooLarge(why));
        }
        let body = match self.offers.eight_bit && !message.is_ascii() {
            true => " BODY=8BITMIME",
            false => "",
        };
        // So told, it can refuse what is too large before it has it (RFC 1870).
        let size = match self.offers.size {
            Some(_) => format!(" SIZE={}", message.len()),
            None => String::new(),
        };
        Ok(Envelope([
            format!("MAIL FROM:<{from}>{size}{body}\r\n"),
            format!("RCPT TO:<{to}>\r\n"),
            "DATA\r\n".to_owned(),
        ]))
    }

    /// Shows an envelope, and reads the answers.
    async fn show(&mut self, Envelope(commands): &Envelope) -> Result<Answers, Trouble> {
        if self.offers.pipelining {
            let all = commands.concat();
            self.write("sending the envelope", all.as_bytes(), self.patience.command)
                .await?;
            return self.answers().await;
        }
        let [mail, rcpt, data] = commands;
        let mail = self.command(mail).await?;
        let rcpt = match mail.is_good() {
            true => self.command(rcpt).await?,
            false => Reply::none(),
        };
        let data = match rcpt.is_good() {
            true => self.command(data).await?,
            false => Reply::none(),
        };
        Ok(Answers { mail, rcpt, data })
    }

    /// The answers to an envelope that was sent as a whole.
    async fn answers(&mut self) -> Result<Answers, Trouble> {
        let wait = self.patience.command;
        let mail = self.reply("waiting for the answer to MAIL", wait).await?;
        let rcpt = self.reply("waiting for the answer to RCPT", wait).await?;
        let data = self.reply("waiting for the answer to DATA", wait).await?;
        if data.code == 354 && !(mail.is_good() && rcpt.is_good()) {
            // RFC 2920 §3.1: the relay waits for a message to nobody.
            self.write("ending an empty message", b".\r\n", wait).await?;
            self.reply("waiting for the end of an empty message", wait).await?;
        }
        Ok(Answers { mail, rcpt, data })
    }

    /// Says goodbye; whether the relay hears it does not matter.
    pub async fn close(mut self) {
        let _ = timeout(Duration::from_secs(2), self.command("QUIT\r\n")).await;
    }

    async fn judge(
        mut self,
        answers: Answers,
        message: &[u8],
        next: Option<Envelope>,
        in_time: InTime<'_>,
    ) -> Result<(Self, Sent), Trouble> {
        let Answers { mail, rcpt, data } = answers;
        let closes = |reply: &Reply| format!("the relay closes: {}", reply.words());
        if mail.is_good() && rcpt.code == 421 {
            return Err(Trouble::Closing(closes(&rcpt)));
        }
        if let Some(reply) = [&mail, &rcpt, &data].into_iter().find(|reply| reply.code == 421) {
            return Err(Trouble::Broken(closes(reply)));
        }
        let answered = if !mail.is_good() {
            match mail.code {
                400..=499 => Sent::Later(mail.words()),
                _ if mail.is_size() => Sent::TooLarge(mail.words()),
                _ => {
                    return Err(Trouble::Unwilling(format!(
                        "the relay does not take mail from our address: {}",
                        mail.words()
                    )));
                }
            }
        } else if !rcpt.is_good() {
            refusal(&rcpt)
        } else if data.code == 354 {
            return self.transmit(message, next, in_time).await;
        } else {
            verdict(&data)?
        };
        let reset = self.command("RSET\r\n").await?;
        if reset.is_good() {
            Ok((self, answered))
        } else {
            Err(Trouble::Broken(format!("the relay does not go on: {}", reset.words())))
        }
    }

    async fn transmit(
        mut self,
        message: &[u8],
        next: Option<Envelope>,
        in_time: InTime<'_>,
    ) -> Result<(Self, Sent), Trouble> {
        let mut wire = stuffed(message);
        // A short message leaves in one piece with its dot.
        let split = if wire.len() <= SHORT { 0 } else { wire.len() - 3 };
        for command in next.iter().flat_map(|Envelope(commands)| commands) {
            wire.extend_from_slice(command.as_bytes());
        }
        let (text, dot) = wire.split_at(split);
        self.write("sending the message", text, self.patience.body).await?;
        if !in_time() {
            return Err(Trouble::Late);
        }
        // From here on the relay may have the message, whatever happens to us.
        let ambiguous = |trouble| match trouble {
            Trouble::Broken(why) => Trouble::Ambiguous(why),
            other => other,
        };
        self.write("sending the final dot", dot, self.patience.command)
            .await
            .map_err(ambiguous)?;
        let reply = self
            .reply("waiting for the answer to the final dot", self.patience.dot)
            .await
            .map_err(ambiguous)?;
        self.shown = next;
        match reply.code {
            200..=299 => Ok((self, Sent::Accepted)),
            421 => Err(Trouble::Broken(format!("the relay closes: {}", reply.words()))),
            _ => verdict(&reply).map(|sent| (self, sent)),
        }
    }

    async fn hello(&mut self) -> Result<(), Trouble> {
        let name = lettre::transport::smtp::extension::ClientId::default();
        let reply = self.command(&format!("EHLO {name}\r\n")).await?;
        if reply.is_good() {
            self.offers = offers(&reply.text);
            return Ok(());
        }
        let reply = self.command(&format!("HELO {name}\r\n")).await?;
        self.offers = Offers::default();
        if reply.is_good() {
            Ok(())
        } else {
            Err(self.unwelcome(reply))
        }
    }

    async fn start_tls(mut self, relay: &Relay) -> Result<Self, Trouble> {
        if !self.offers.starttls {
            return Err(Trouble::Unwilling(
                "the relay does not offer STARTTLS, which tls=required asks for".to_owned(),
            ));
        }
        let reply = self.command("STARTTLS\r\n").await?;
        if reply.code != 220 {
            return Err(Trouble::Unwilling(format!(
                "the relay does not begin STARTTLS: {}",
                reply.words()
            )));
        }
        if !self.stream.buffer().is_empty() {
            return Err(Trouble::Unwilling(
                "the relay spoke on in the clear after STARTTLS".to_owned(),
            ));
        }
        let patience = self.patience;
        let stream = encrypt(relay, self.stream.into_inner(), patience.greeting).await?;
        let mut session = Self {
            stream: BufReader::new(stream),
            patience,
            offers: Offers::default(),
            shown: None,
        };
        session.hello().await?;
        Ok(session)
    }

    async fn log_in(&mut self, user: &str, password: &Secret) -> Result<(), Trouble> {
        let encode = |text: &str| BASE64_STANDARD.encode(text);
        let reply = if self.offers.plain {
            self.command(&format!(
                "AUTH PLAIN {}\r\n",
                encode(&format!("\0{user}\0{}", password.expose()))
            ))
            .await?
        } else if self.offers.login {
            let mut reply = self.command("AUTH LOGIN\r\n").await?;
            for answer in [user, password.expose()] {
                if reply.code == 334 {
                    reply = self.command(&format!("{}\r\n", encode(answer))).await?;
                }
            }
            reply
        } else {
            return Err(Trouble::Unwilling(
                "the relay offers neither AUTH PLAIN nor AUTH LOGIN".to_owned(),
            ));
        };
        match reply.code {
            235 => Ok(()),
            400..=499 => Err(Trouble::Broken(format!(
                "the login does not work now: {}",
                reply.words()
            ))),
            _ => Err(Trouble::Unwilling(format!(
                "the relay refuses the login: {}",
                reply.words()
            ))),
        }
    }

    fn unwelcome(&self, reply: Reply) -> Trouble {
        match reply.code {
            400..=499 => Trouble::Broken(format!("the relay is not ready: {}", reply.words())),
            _ => Trouble::Unwilling(format!("the relay does not want us: {}", reply.words())),
        }
    }

    async fn command(&mut self, line: &str) -> Result<Reply, Trouble> {
        self.write("sending a command", line.as_bytes(), self.patience.command)
            .await?;
        self.reply("waiting for an answer", self.patience.command).await
    }

    async fn write(&mut self, doing: &str, bytes: &[u8], patience: Duration) -> Result<(), Trouble> {
        let stream = &mut self.stream;
        within(patience, doing, async {
            stream.write_all(bytes).await?;
            stream.flush().await
        })
        .await
    }

    async fn reply(&mut self, doing: &str, patience: Duration) -> Result<Reply, Trouble> {
        within(patience, doing, read_reply(&mut self.stream)).await
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("offers", &self.offers)
            .finish_non_exhaustive()
    }
}

async fn within<T>(patience: Duration, doing: &str, work: impl Future<Output = io::Result<T>>) -> Result<T, Trouble> {
    match timeout(patience, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(broken(doing, &error)),
        Err(_) => Err(Trouble::Broken(format!(
            "the relay took longer than {} s ({doing})",
            patience.as_secs()
        ))),
    }
}

fn broken(doing: &str, error: &io::Error) -> Trouble {
    Trouble::Broken(format!(
        "the connection to the relay broke while {doing}: {}",
        one_line(&error.to_string())
    ))
}

async fn encrypt(relay: &Relay, stream: impl Stream + 'static, patience: Duration) -> Result<Box<dyn Stream>, Trouble> {
    let no = |why: &str| Trouble::Unwilling(format!("no safe connection to the relay: {why}"));
    let tls = relay.tls.clone().ok_or_else(|| no("TLS is not set up"))?;
    let name = ServerName::try_from(relay.host.clone()).map_err(|_| no("its name can't stand in a certificate"))?;
    let connecting = TlsConnector::from(Arc::clone(&tls)).connect(name, stream);
    match timeout(patience, connecting).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(no(&one_line(&error.to_string()))),
        Err(_) => Err(no("the handshake took too long")),
    }
}

async fn read_reply(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Reply> {
    let bad = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut text = String::new();
    for _ in 0..REPLY_LINES {
        let mut line = Vec::new();
        (&mut *stream).take(REPLY_LINE).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !line.ends_with(b"\n") {
            return Err(bad("a line of the relay's answer is too long or cut off"));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        let code = line
            .get(..3)
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| bad("the relay's answer has no code"))?;
        text.push_str(line.get(4..).unwrap_or_default());
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(Reply { code, text });
        }
        text.push('\n');
    }
    Err(bad("the relay's answer does not end"))
}

fn offers(text: &str) -> Offers {
    let mut offers = Offers::default();
    for line in text.lines().skip(1) {
        let line = line.to_ascii_uppercase();
        let mut words = line.split([' ', '=']);
        match words.next().unwrap_or_default() {
            "PIPELINING" => offers.pipelining = true,
            "STARTTLS" => offers.starttls = true,
            "8BITMIME" => offers.eight_bit = true,
            "SIZE" => offers.size = words.next().and_then(|size| size.parse().ok()),
            "AUTH" => {
                for word in words {
                    offers.plain |= word == "PLAIN";
                    offers.login |= word == "LOGIN";
                }
            }
            _ => {}
        }
    }
    offers
}

/// What a refused recipient means (RFC 5321 §4.2, RFC 3463 for the enhanced codes). 530 and 554, and the codes of security
/// and policy, speak of us and not of the recipient: a relay that wants a login says "554 5.7.1 relay access denied" to
/// each of them.
fn refusal(reply: &Reply) -> Sent {
    match reply.code {
        400..=499 => Sent::Later(reply.words()),
        _ if reply.says(&["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.2.1", "5.1.10"]) => Sent::NoMailbox(reply.words()),
        530 | 554 => Sent::Unwanted(reply.words()),
        _ if reply.says(&["5.7."]) => Sent::Unwanted(reply.words()),
        // Without a code that says more, these mean that there is no such mailbox (RFC 5321 §4.2.3); but servers whose list of
        // mailboxes is away say so too, of everybody. So it takes words.
        550 | 551 | 553 if !reply.says(&["5."]) && says_no_mailbox(&reply.text) => Sent::NoMailbox(reply.words()),
        _ => Sent::Refused(reply.words()),
    }
}

/// What a refused message means. One that is too large stays so; what else a relay dislikes may be mended at the relay.
fn verdict(reply: &Reply) -> Result<Sent, Trouble> {
    match reply.code {
        400..=499 => Ok(Sent::Later(reply.words())),
        500..=599 if reply.says(&["5.1.", "5.2."]) => Ok(refusal(reply)),
        _ if reply.is_size() => Ok(Sent::TooLarge(reply.words())),
        500..=599 => Ok(Sent::Unwanted(reply.words())),
        _ => Err(Trouble::Broken(format!(
            "the relay gave an answer that does not fit: {}",
            reply.words()
        ))),
    }
}

/// The message as DATA carries it (RFC 5321 §4.5.2): lines end in CR LF, dots that begin a line are doubled, and the final
/// dot line follows.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 64 + 512);
    let mut rest = message;
    if is_plain(message) {
        wire.extend_from_slice(message);
        rest = &[];
    }
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, behind) = rest.split_at(end);
        rest = behind;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.starts_with(b".") {
            wire.push(b'.');
        }
        match memchr::memchr(b'\r', text) {
            None => wire.extend_from_slice(text),
            Some(_) => wire.extend(text.iter().filter(|byte| **byte != b'\r')),
        }
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

/// Whether all lines of a message end as they should, and none begins with a dot.
fn is_plain(message: &[u8]) -> bool {
    let mut ends = memchr::memchr_iter(b'\n', message);
    let is_good = |at: usize| message[..at].ends_with(b"\r") && message.get(at + 1) != Some(&b'.');
    let lines = memchr::memchr_iter(b'\r', message).count();
    message.ends_with(b"\n") && !message.starts_with(b".") && lines == ends.clone().count() && ends.all(is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_message_can_end_it_early() {
        assert_eq!(stuffed(b"a\r\n.\r\nb"), b"a\r\n..\r\nb\r\n.\r\n");
        assert_eq!(stuffed(b"a\n.\nb\r.\r\n"), b"a\r\n..\r\nb.\r\n.\r\n");
        assert_eq!(stuffed(b""), b".\r\n");
        assert_eq!(stuffed(b"a\r\nb.\r\n"), b"a\r\nb.\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\n.b\r\n"), b"a\r\n..b\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\nb\rc\r\n"), b"a\r\nbc\r\n.\r\n");
    }

    fn reply(code: u16, text: &str) -> Reply {
        Reply {
            code,
            text: text.to_owned(),
        }
    }

    #[test]
    fn no_address_that_a_relay_quotes_gets_into_words() {
        let quoted = reply(550, "5.1.1 <reader@example.net>: user reader@example.net unknown");
        assert_eq!(quoted.words(), "550 5.1.1 <address> user <address> unknown");
    }

    #[test]
    fn what_a_relay_has_against_us_is_no_fault_of_the_recipient() {
        let rcpt = |code, text| std::mem::discriminant(&refusal(&reply(code, text)));
        let data = |code, text| std::mem::discriminant(&verdict(&reply(code, text)).expect("an answer"));
        let kinds = [
            Sent::Later,
            Sent::Refused,
            Sent::Unwanted,
            Sent::NoMailbox,
            Sent::TooLarge,
        ];
        let [later, refused, unwanted, nobody, large] =
            kinds.map(|kind: fn(String) -> Sent| std::mem::discriminant(&kind(String::new())));
        assert_eq!(rcpt(450, "4.2.0 greylisted"), later);
        assert_eq!(rcpt(550, "5.1.1 no such user"), nobody);
        assert_eq!(rcpt(554, "5.1.10 no such user"), nobody);
        assert_eq!(rcpt(550, "5.1.18 something else"), refused);
        assert_eq!(rcpt(550, "no such user here"), nobody);
        assert_eq!(rcpt(553, "sorry, no mailbox here by that name"), nobody);
        assert_eq!(rcpt(550, "Requested action not taken: mailbox unavailable"), refused);
        assert_eq!(rcpt(550, "no"), refused);
        assert_eq!(rcpt(552, "full"), refused);
        assert_eq!(rcpt(554, "5.7.1 Relay access denied"), unwanted);
        assert_eq!(rcpt(550, "5.7.1 Relaying denied"), unwanted);
        assert_eq!(rcpt(530, "Authentication required"), unwanted);
        assert_eq!(data(451, "try again"), later);
        assert_eq!(data(554, "5.7.1 spam"), unwanted);
        assert_eq!(data(550, "we do not like it"), unwanted);
        assert_eq!(data(552, "too large"), large);
        assert_eq!(data(550, "5.3.4 too large"), large);
        assert_eq!(data(550, "5.1.1 no such user"), nobody);
    }

    #[tokio::test]
    async fn replies_are_bounded_and_read_over_several_lines() {
        let reply = read_reply(&mut &b"250-one\r\n250-PIPELINING\r\n250 SIZE 100\r\n"[..])
            .await
            .expect("a reply");
        assert_eq!(
            (reply.code, offers(&reply.text)),
            (
                250,
                Offers {
                    pipelining: true,
                    size: Some(100),
                    ..Offers::default()
                }
            )
        );
        for bad in [&b""[..], b"25", b"hello\r\n", &[b'2'; 5000]] {
            assert!(read_reply(&mut &bad[..]).await.is_err());
        }
        assert!(read_reply(&mut &b"250-x\r\n".repeat(1000)[..]).await.is_err());
    }
}
