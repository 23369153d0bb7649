//! Why a mail did not arrive, as far as it matters: whether a next one would.

use std::sync::LazyLock;

use regex::Regex;

/// Whether a next mail would arrive where this one did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// There is no such mailbox, or it is closed for good.
    Hard,
    /// The mailbox is full, its server is away or dislikes the mail.
    Soft,
}

impl Failure {
    /// What a reply of an SMTP server, or a line that quotes one, means: `550 5.1.1 no such user`. The enhanced code
    /// (RFC 3463) counts before the other (RFC 5321 §4.2.3). `None` when there is neither.
    pub fn of(line: &str) -> Option<Self> {
        static ENHANCED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?:^|[^\d.])([45])\.(\d{1,3})\.(\d{1,3})(?:$|[^\d.])").expect("a valid pattern")
        });
        static PLAIN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?:^|[^\d.])([45][0-5]\d)(?:$|[ \-#:;,)])").expect("a valid pattern"));
        let plain = PLAIN.captures(line).map(|found| found[1].to_owned());
        if let Some(found) = ENHANCED.captures(line) {
            let number = |nth: usize| found[nth].parse::<u16>().unwrap_or(u16::MAX);
            // 5.0.0 says nothing that a reply beside it would not say better.
            if (number(2), number(3)) != (0, 0) || plain.is_none() {
                return Some(Self::enhanced(number(1), number(2), number(3)));
            }
        }
        plain.map(|code| match code.as_str() {
            // Servers whose list of mailboxes is away say these of everybody, so it takes words too.
            "550" | "551" | "553" if says_no_mailbox(line) => Self::Hard,
            "556" => Self::Hard,
            _ => Self::Soft,
        })
    }

    fn enhanced(class: u16, subject: u16, detail: u16) -> Self {
        match (class, subject, detail) {
            // Bad, moved or no mailbox; no such domain, or one that takes no mail (RFC 7505); mailbox closed.
            (5, 1, 1 | 2 | 3 | 6 | 10) | (5, 2, 1) => Self::Hard,
            // Access denied: what Exchange Online says of recipients that it does not know. No host.
            (5, 4, 1 | 4) => Self::Hard,
            _ => Self::Soft,
        }
    }
}

/// Whether words, in English or Korean, say that there is no such mailbox.
pub fn says_no_mailbox(line: &str) -> bool {
    static NOBODY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?ix) user\ (?:is\ )?(?:unknown|not\ found) | unknown\ user | \bno\ (?:such\ )?(?:user|mailbox|recipient|person|address|account)\b
                  | \b(?:mailbox|recipient|account|address|user)\b(?:\ \S{1,40}){0,6}\ (?:does\ not|doesn't)\ exist | unrouteable\ address
                  | (?:mailbox|recipient|account)\ (?:not\ found|is\ disabled)
                  | 존재하지\ *않는\ *(?:사용자|계정|메일|아이디|수신자|주소) | 없는\ *(?:사용자|계정|메일\ *주소|주소|아이디)
                  | (?:사용자|계정|아이디|수신자|주소)(?:가|이|를)?\ *(?:존재하지\ *않|찾을\ *수\ *없) | (?:휴면|탈퇴|해지)(?:한|된|\ )*\ *(?:계정|아이디|사용자|회원)",
        )
        .expect("a valid pattern")
    });
    NOBODY.is_match(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<Failure>) {
        assert_eq!(Failure::of(line), expected, "{line}");
    }

    #[test]
    fn only_what_says_that_there_is_no_mailbox_is_hard() {
        check("550 5.1.1 no such user", Some(Failure::Hard));
        check(
            "smtp; 550-5.1.1 The email account that you tried to reach",
            Some(Failure::Hard),
        );
        check("5.1.10", Some(Failure::Hard));
        check(
            "550 5.4.1 Recipient address rejected: Access denied",
            Some(Failure::Hard),
        );
        check("552 5.2.2 mailbox full", Some(Failure::Soft));
        check("550 5.7.1 spam", Some(Failure::Soft));
        check("4.4.1", Some(Failure::Soft));
        check("smtp; 550 Unrouteable address; status 5.0.0", Some(Failure::Hard));
        check("5.0.0", Some(Failure::Soft));
        check("550 No such person at this address", Some(Failure::Hard));
        check(
            "550 the account that you tried to reach does not exist",
            Some(Failure::Hard),
        );
        check(
            "550 Requested action not taken: mailbox unavailable",
            Some(Failure::Soft),
        );
        check("550 Service unavailable", Some(Failure::Soft));
        check("553 sorry, no mailbox here by that name. (#5.7.1)", Some(Failure::Soft));
        check("it is 2026.11.25 at 192.0.2.55, 5500 mails", None);
        check("", None);
    }
}
