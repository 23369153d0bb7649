//! Signatures, as another implementation sees them: dkimpy, which `./test` installs.

use std::{collections::HashMap, fs, process::Command, time::Duration};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use gazetted::{channel::email::dkim::Signer, ops::Secret};

use crate::{
    support::smtp::{Mail, Mood},
    town::Town,
};

const WATER: &str = "Water off | 2026.11.20 | /view.do?id=1";
const LONG: &str = "디지털 정부 혁신 추진 계획에 관한 공고 및 의견 수렴 안내, 그리고 이후의 절차에 관하여 널리 알려 드립니다 | 2026.11.23 | /view.do?id=2";

/// Says of each signature of each mail whether it is good.
const VERIFY: &str = r#"
import dkim, json, sys
names = json.load(open(sys.argv[1]))
answers = []
for name in sys.argv[2:]:
    mail = dkim.DKIM(open(name, "rb").read())
    answer = []
    for nth in range(sum(1 for field, _ in mail.headers if field.lower() == b"dkim-signature")):
        try:
            answer.append(mail.verify(nth, dnsfunc=lambda name, timeout: names[name.decode()].encode()))
        except dkim.DKIMException:
            answer.append(False)
    answers.append(answer)
print(json.dumps(answers))
"#;

/// What stands in the DNS.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn of(signers: &[&Written]) -> Self {
        let record = |written: &&Written| {
            let signer = &written.signer;
            (
                format!("{}.", signer.record_name()),
                signer.record().expect("a record").concat(),
            )
        };
        Self(signers.iter().map(record).collect())
    }

    /// What is thought of the signatures of each mail.
    fn judge(&self, mails: &[&[u8]]) -> Vec<Vec<bool>> {
        let folder = tempfile::tempdir().expect("a folder");
        let names = folder.path().join("names");
        fs::write(&names, serde_json::to_string(&self.0).expect("JSON")).expect("a file");
        // Debian's Python, which has Debian's dkimpy.
        let mut python = Command::new("/usr/bin/python3");
        python.args(["-c", VERIFY]).arg(names);
        for (nth, mail) in mails.iter().enumerate() {
            let file = folder.path().join(nth.to_string());
            fs::write(&file, mail).expect("a file");
            python.arg(file);
        }
        let output = python.output().expect("Python");
        let told = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("./test installs what is missing: {told}"))
    }
}

/// A key, and how a configuration writes it.
struct Written {
    signer: Signer,
    toml: String,
}

impl Written {
    fn new(selector: &str, key: &str) -> Self {
        let signer = Signer::new("example.org", selector, &Secret::new(key)).expect("a key");
        let key = key.replace('\n', "\\n");
        let toml = format!("{{ domain = \"example.org\", selector = \"{selector}\", key = \"{key}\" }}");
        Self { signer, toml }
    }

    fn ed25519(selector: &str, seed: u8) -> Self {
        Self::new(selector, &BASE64_STANDARD.encode([seed; 32]))
    }

    fn rsa(selector: &str) -> Self {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("a key");
        let text = BASE64_STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = (0..text.len())
            .step_by(64)
            .map(|at| &text[at..text.len().min(at + 64)])
            .collect();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        );
        Self::new(selector, &pem)
    }
}

const FROM: &str = "from = \"Notices <notices@example.org>\"";

/// A town that signs with these keys, and its reader's mail about a notice with a long Korean title.
async fn mailed(keys: &[&Written]) -> Mail {
    let keys: Vec<&str> = keys.iter().map(|key| key.toml.as_str()).collect();
    let line = format!("{FROM}\ndkim = [{}]", keys.join(", "));
    let town = Town::start().await.reconfigured(FROM, &line).await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([LONG, WATER]);
    town.poll_and_send().await;
    town.relay.mails().remove(0)
}

#[tokio::test]
async fn others_find_that_mails_are_ours_and_as_we_wrote_them() {
    let (ed25519, rsa) = (Written::ed25519("e1", 7), Written::rsa("r1"));
    let mail = mailed(&[&ed25519, &rsa]).await;
    let text = String::from_utf8(mail.bytes).expect("ASCII");
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 998));
    // What relays do to mails on their way.
    let relayed = format!("Received: by relay.example\r\n{text}").replace("Submitted: auto", "Submitted:  auto");
    let names = Names::of(&[&ed25519, &rsa]);
    let judged = names.judge(&[text.as_bytes(), relayed.as_bytes()]);
    assert_eq!(judged, [[true, true], [true, true]]);

    let forged = [
        ("List-Unsubscribe-Post: ", "X: "),
        ("/unsubscribe/", "/unsubscribf/"),
        ("From: Notices", "From: Others"),
        ("Subject: ", "Subject: Re: "),
        ("\r\n\r\n", "\r\nReply-To: thief@example.net\r\n\r\n"),
        ("\r\n\r\n", "\r\nSubject: Free money\r\n\r\n"),
        ("\r\n\r\n", "\r\nList-Unsubscribe: <https://thief.example/>\r\n\r\n"),
        ("Auto-Submitted: auto-generated", "Auto-Submitted: no"),
        ("</body>", "<p>More</p></body>"),
    ];
    for (was, is) in forged {
        let forged = text.replacen(was, is, 1);
        assert_ne!(forged, text, "{was}");
        assert_eq!(names.judge(&[forged.as_bytes()]), [[false, false]], "{was} to {is}");
    }
}

#[tokio::test]
async fn a_mail_that_waits_is_signed_with_the_key_of_the_day_it_leaves() {
    let (old, new) = (Written::ed25519("e1", 7), Written::ed25519("e2", 8));
    let town = Town::start().await;
    let town = town.reconfigured(FROM, &format!("{FROM}\ndkim = {}", old.toml)).await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.relay.is(Mood::CutAfterDot);
    town.board_shows([LONG, WATER]);
    town.poll_and_send().await;
    let town = town.reconfigured(&old.toml, &new.toml).await;
    town.later(Duration::from_secs(86_400));
    town.send().await;
    let [first, second] = &town.relay.mails()[..] else {
        panic!("two copies")
    };
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    let judged = |names: &[&Written]| Names::of(names).judge(&[&first.bytes, &second.bytes]);
    assert_eq!(judged(&[&old, &new]), [[true], [true]]);
    assert_eq!(judged(&[&new, &Written::ed25519("e1", 9)]), [[false], [true]]);
}
