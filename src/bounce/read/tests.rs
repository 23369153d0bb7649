//! Messages as the servers of this world write them.

use super::*;

#[track_caller]
fn check(message: &str, expected: Says) -> Returned {
    let returned = read(message.replace('\n', "\r\n").as_bytes());
    assert_eq!(returned.says, expected, "{message}");
    returned
}

fn failed(failure: Failure, why: &str) -> Says {
    Says::Failed {
        failure,
        why: why.to_owned(),
    }
}

fn report(fields: &str) -> String {
    format!(
        "Return-Path: <>\nDelivered-To: bounce+ABCDEF@example.org\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery System)\n\
         To: bounce+abcdef@example.org\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"B/1\"\n\nThis is a MIME-encapsulated message.\n\n\
         --B/1\nContent-Type: text/plain\n\nI'm sorry to have to inform you that 550 things happened.\n\n\
         --B/1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\nArrival-Date: Wed, 25 Nov 2026 10:00:00 +0900 (KST)\n\n{fields}\n\n\
         --B/1\nContent-Type: message/rfc822\n\nReturn-Path: <bounce+abcdef@example.org>\nFrom: a@example.org\nSubject: 550 5.1.1 is a number\n\
         List-Unsubscribe: <https://example.org/u>,\n <mailto:unsubscribe+xyz@example.org>\n\nbounce+other@example.org\n\n--B/1--\n"
    )
}

#[test]
fn a_report_says_why_the_mail_did_not_arrive() {
    // As Postfix, Gmail, Exchange and a server with a full mailbox fill them in.
    let returned = check(
        &report(
            "Final-Recipient: rfc822; gone@example.net\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.net\n\
             Diagnostic-Code: smtp; 550 5.1.1 <gone@example.net>: Recipient address\n    rejected: User unknown",
        ),
        failed(
            Failure::Hard,
            "550 5.1.1 <address> Recipient address rejected: User unknown",
        ),
    );
    assert_eq!(returned.to, ["bounce+abcdef@example.org", "bounce+abcdef@example.org"]);
    assert_eq!(
        returned.about,
        ["bounce+abcdef@example.org", "unsubscribe+xyz@example.org"]
    );
    check(
        &report(
            "Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
        ),
        failed(
            Failure::Hard,
            "550-5.1.1 The email account that you tried to reach does not exist.",
        ),
    );
    check(
        &report(
            "Final-Recipient: rfc822;a@example.net\nAction: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        ),
        failed(
            Failure::Hard,
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        ),
    );
    check(
        &report(
            "Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full",
        ),
        failed(Failure::Soft, "552 5.2.2 mailbox full"),
    );
    // Exim says 5.0.0 of everything.
    check(
        &report(
            "Action: failed\nFinal-Recipient: rfc822;a@example.net\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Unrouteable address",
        ),
        failed(Failure::Hard, "550 Unrouteable address"),
    );
    check(
        &report("Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 4.4.7"),
        failed(Failure::Soft, "4.4.7"),
    );
    check(
        &report("Final-Recipient: rfc822; a@example.net\naction: FAILED"),
        failed(Failure::Soft, "it gives no reason"),
    );
}

#[test]
fn delays_successes_and_receipts_are_no_failures() {
    for action in ["delayed", "delivered", "relayed", "expanded"] {
        check(
            &report(&format!(
                "Final-Recipient: rfc822; a@example.net\nAction: {action}\nStatus: 4.4.1"
            )),
            Says::Nothing,
        );
    }
    let receipt = report("Action: failed\nStatus: 5.1.1")
        .replace("report-type=delivery-status", "report-type=disposition-notification");
    check(&receipt, Says::Nothing);
}

#[test]
fn a_complaint_is_one_whatever_address_it_comes_to() {
    let complaint = |kind: &str| {
        format!(
            "From: fbl@example.net\nTo: abuse@example.org\nSubject: complaint\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=\"feedback-report\"; boundary=x\n\n--x\n\nThis is an abuse report.\n\
             --x\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Mailbox/1.0\nVersion: 1\n\
             Original-Mail-From: <bounce+abc@example.org>\n\n--x\nContent-Type: text/rfc822-headers\n\nFrom: a@example.org\nSubject: news\n--x--\n"
        )
    };
    let returned = check(&complaint("abuse"), Says::Complaint);
    assert_eq!(returned.about, ["bounce+abc@example.org"]);
    check(&complaint("not-spam"), Says::Nothing);
    check(&complaint("auth-failure"), Says::Nothing);
}

fn prose(from: &str, headers: &str, body: &str) -> String {
    format!("From: {from}\nTo: bounce+abc@example.org\n{headers}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n")
}

#[test]
fn what_old_servers_explain_in_prose_counts_where_a_server_wrote_it() {
    // As qmail, Exim, and the portals of Korea write.
    check(
        &prose(
            "MAILER-DAEMON@mx.example.net",
            "Subject: failure notice",
            "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message.\n\n\
             <a@example.net>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no mailbox\n\n\
             --- Below this line is a copy of the message.\n\nReturn-Path: <bounce+abc@example.org>\n552 5.2.2 full",
        ),
        failed(Failure::Hard, "Remote host said: 550 5.1.1 no mailbox"),
    );
    check(
        &prose(
            "Mail Delivery System <Mailer-Daemon@mx.example.net>",
            "X-Failed-Recipients: a@example.net\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender",
            "A message that you sent could not be delivered.\n\n  a@example.net\n    mailbox is full: retry timeout exceeded",
        ),
        failed(Failure::Soft, "A message that you sent could not be delivered."),
    );
    check(
        &prose(
            "postmaster@portal.example.kr",
            "Subject: [발송 실패 안내] 메일이 전송되지 않았습니다",
            "받는 사람: a@portal.example.kr\n실패 사유: 존재하지 않는 사용자입니다.",
        ),
        failed(Failure::Hard, "실패 사유: 존재하지 않는 사용자입니다."),
    );
    check(
        &prose(
            "Mail Delivery System <MAILER-DAEMON@x.example>",
            "Subject: Warning",
            "THIS IS A WARNING MESSAGE ONLY. YOU DO NOT NEED TO RESEND.\n451 4.4.1 no answer",
        ),
        Says::Nothing,
    );
    check(
        &prose(
            "postmaster@x.example",
            "Subject: hello",
            "Nothing that anybody understands.",
        ),
        Says::Nothing,
    );
}

#[test]
fn people_and_their_machines_are_told_apart() {
    check(
        &prose("ann@example.net", "Subject: please", "550 5.1.1 take me off"),
        Says::Letter,
    );
    check(
        &prose(
            "ann@example.net",
            "Auto-Submitted: auto-replied (vacation)\nSubject: Out of office",
            "I am away until 5.1.1",
        ),
        Says::Nothing,
    );
    check(&prose("ann@example.net", "X-Autoreply: yes", "away"), Says::Nothing);
    check(
        &prose("ann@example.net", "Auto-Submitted: auto-generated", "away"),
        Says::Nothing,
    );
    check(&prose("ann@example.net", "Auto-Submitted: no", "hello"), Says::Letter);
}

#[test]
fn no_message_is_too_strange_to_be_read() {
    for strange in [
        String::new(),
        "\n\n".to_owned(),
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\n\n--".to_owned(),
        "To: ".to_owned() + &"a@b.c, ".repeat(20_000),
        "Content-Type: message/rfc822\n\n".repeat(5_000),
        "Content-Type: multipart/mixed; boundary=x\n\n--x\n".repeat(3_000),
        report(&"Action: failed\n\n".repeat(10_000)),
    ] {
        let returned = read(strange.as_bytes());
        assert!(returned.to.len() <= MOST_ADDRESSES && returned.about.len() <= MOST_ADDRESSES);
    }
}
