//! Every mistake is told, at once, with its place and what is allowed; no secret is.

/// What is told of `text`.
fn told(text: &str) -> String {
    match super::read(text) {
        Ok(_) => panic!("this was taken:\n{text}"),
        Err(problems) => problems.to_string(),
    }
}

/// Expects that `text` is refused with each of `expected` in what is told.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let told = told(text);
    for part in expected {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
}

const SOURCE: &str = "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n";

#[test]
fn a_mistake_is_shown_where_it_stands() {
    let told = told("[fetch]\ntimeout = \"soon\"\n");
    let expected = "\
error: fetch.timeout: \"soon\" is no duration
 --> gazetted.toml:2:11
  |
2 | timeout = \"soon\"
  |           ^^^^^^ expected a duration such as \"90s\", \"15m\", \"1h 30m\" or \"1d\"";
    assert_eq!(told.trim_end(), expected);
}

#[test]
fn an_unknown_key_is_a_mistake_with_a_suggestion() {
    check(
        "[fetch]\ntimeuot = \"30s\"\n",
        &["fetch.timeuot", "gazetted.toml:2:1", "did you mean \"timeout\"?"],
    );
    check(
        "[fetch]\ncolour = 1\n",
        &["fetch.colour", "known here: allow_networks, concurrency"],
    );
    check(
        "[servers]\n",
        &["servers", "gazetted.toml:1:2", "did you mean \"server\"?"],
    );
    check(
        &format!("{SOURCE}[source.board]\nrow = \"tr\"\ntitle = \"a\"\nrows = \"li\"\n"),
        &["source.board.rows", "did you mean \"row\"?"],
    );
}

#[test]
fn a_search_that_cannot_be_understood_is_a_mistake() {
    for (query, expected) in [
        ("after:tomorrow", "\"tomorrow\" is no date"),
        ("source:a/b", "can't be the id of a source"),
        ("!", "no word to look for"),
    ] {
        check(
            &format!("{SOURCE}[[webhook]]\nid = \"w\"\nurl = \"https://w.example/\"\nquery = \"{query}\"\n"),
            &["webhook.query", expected, "docs/search.md"],
        );
    }
}

#[test]
fn single_values_say_what_is_allowed() {
    for (text, expected) in [
        (
            "[server]\nlisten = \"localhost\"",
            &["server.listen", "127.0.0.1:8080"][..],
        ),
        (
            "[server]\npublic_url = \"ftp://a.example/\"",
            &["server.public_url", "ftp:", "https://"],
        ),
        ("[store]\nurl = \"mysql:x\"", &["store.url", "sqlite:", "postgres://"]),
        ("[fetch]\nmax_body = \"10 miles\"", &["fetch.max_body", "10 MiB"]),
        ("[fetch]\nmax_body = true", &["fetch.max_body", "this is true or false"]),
        (
            "[fetch]\nconcurrency = 0",
            &["fetch.concurrency", "this is 0", "a number from 1"],
        ),
        (
            "[fetch]\nallow_networks = [\"10.0.0.0/99\"]",
            &["fetch.allow_networks", "is no network"],
        ),
        (
            "[fetch]\ncontact = \"me\"",
            &["fetch.contact", "neither a web nor a mail address"],
        ),
        (
            "[poll]\nadaptive = \"yes\"",
            &["poll.adaptive", "expected true or false"],
        ),
        ("[poll]\ninterval = \"60d\"", &["poll.interval", "longer than 31 days"]),
        (
            "[poll]\ninterval = \"5m\"\nmin_interval = \"6m\"",
            &["poll.min_interval", "gazetted.toml:3:16"],
        ),
        ("[admin]\nemail = [\"ops\"]", &["admin.email", "name@example.org"]),
        (
            "[email]\nsmtp = \"http://a.example\"\nfrom = \"a@b.example\"",
            &["email.smtp", "smtps://"],
        ),
        (
            "[email]\nsmtp = \"smtp://a.example\"",
            &["email.from", "this key is missing"],
        ),
        ("source = 1", &["source", "[[source]]"]),
        ("fetch = 1", &["fetch", "a table: [fetch]"]),
        ("[fetch\n", &["this is not TOML", "gazetted.toml:1"]),
    ] {
        check(text, expected);
    }
}

#[test]
fn a_chat_service_says_what_it_lacks() {
    let hook = |rest: &str| format!("[[webhook]]\nid = \"w\"\n{rest}\n");
    for (rest, expected) in [
        (
            "format = \"telegram\"\nurl = \"https://api.telegram.org/?chat_id=1\"",
            &["webhook.secret", "the token of the bot"][..],
        ),
        (
            "format = \"matrix\"\nurl = \"https://m.example/_matrix/client/v3/rooms/1\"",
            &["webhook.secret", "the access token"],
        ),
        (
            "format = \"ntfy\"\nurl = \"https://ntfy.example/\"",
            &["webhook.url", "names no topic", "https://ntfy.sh/topic"],
        ),
    ] {
        check(&hook(rest), expected);
    }
    assert!(super::read(&hook("format = \"ntfy\"\nurl = \"https://ntfy.example/city/\"")).is_ok());
}

#[test]
fn a_source_can_not_have_the_address_of_other_feeds() {
    for id in ["all", "tag"] {
        check(
            &format!("[[source]]\nid = \"{id}\"\nurl = \"https://a.example/\"\n"),
            &["source.id", "is taken by the feeds of"],
        );
    }
}

#[test]
fn a_source_says_what_it_lacks() {
    check(
        "[[source]]\nname = \"x\"\n",
        &["source.id: this key is missing", "source.url: this key is missing"],
    );
    for (rest, expected) in [
        (
            "kind = \"bord\"",
            &["source.kind", "there is no kind \"bord\"", "\"board\""][..],
        ),
        ("kind = \"board\"", &["source.kind", "a table [source.board]"]),
        (
            "timezone = \"Asia/Soul\"",
            &["source.timezone", "there is no time zone \"Asia/Soul\""],
        ),
        (
            "language = \"english language\"",
            &["source.language", "is no language tag"],
        ),
        (
            "kind = \"feed\"\n[source.board]\nrow = \"tr\"\ntitle = \"a\"",
            &["source.board", "not read where kind = \"feed\""],
        ),
        ("tags = [\"a/b\"]", &["source.tags", "can't be a part of an address"]),
        (
            "[source.board]\nrow = \"tr[\"\ntitle = \"a @\"",
            &["source.board.row", "source.board.title", "2 mistakes"],
        ),
        (
            "[source.board]\ntitle = \"a\"",
            &["source.board.row: this key is missing"],
        ),
        ("[source.article]\ncontent = \"p:nope(\"", &["source.article.content"]),
        (
            "[source.json]\nitems = \"$[\"\ntitle = \"t\"",
            &["source.json.items", "is not a JSONPath"],
        ),
    ] {
        check(&format!("{SOURCE}{rest}\n"), expected);
    }
    check(
        "[[source]]\nid = \"A b\"\nurl = \"https://u:p4ss@a.example/\"\n",
        &["source.id", "source.url"],
    );
}

#[test]
fn a_field_that_is_finished_by_hand_says_what_can_not_be_done() {
    let board = |rest: &str| format!("{SOURCE}[source.board]\nrow = \"tr\"\ntitle = \"a\"\n{rest}\n");
    for (rest, expected) in [
        (
            "date = { select = \"b\", formt = \"%d\" }",
            &["source.board.date.formt", "known here:", "date_format"][..],
        ),
        (
            "date = { match = \"b\" }",
            &["source.board.date.select: this key is missing"],
        ),
        (
            "date = { select = \"b[\", match = \"(\" }",
            &["source.board.date.select", "source.board.date.match", "2 mistakes"],
        ),
        (
            "date = { select = \"b\", date_format = \"%H:%M\" }",
            &["source.board.date.date_format", "which day", "%d/%m/%Y"],
        ),
        (
            "author = { select = \"b\", date_format = \"%d\" }",
            &["source.board.author.date_format", "there is no such key"],
        ),
        (
            "link = { select = \"a\", template = \"/v/{no}\" }",
            &["source.board.link", "{no}", "known are {}, {1}"],
        ),
        (
            "link = { select = \"a\", template = \"/v/{\" }",
            &["source.board.link.template", "not closed"],
        ),
        ("id = { select = [] }", &["source.board.id", "no selector"]),
        (
            "id = { select = [\"b\", \"i[\"] }",
            &["source.board.id.select", "i[", "gazetted.toml:7"],
        ),
        (
            "id = { select = \"b\", strip = [1] }",
            &["source.board.id.strip", "this is a number"],
        ),
        ("id = 7", &["source.board.id", "this is a number", "{ select = …"]),
        (
            "attachments = { select = [\"a.f\", \"b a\"] }",
            &["source.board.attachments", "write one selector"],
        ),
        (
            "date = \"//td[2]/text()\"",
            &["source.board.date", "this is XPath", ":contains", "match"],
        ),
        ("date = \"xpath:td[2]\"", &["source.board.date", "this is XPath"]),
        (
            "pages = 3",
            &["source.board.pages", "nothing says where the next page is"],
        ),
        (
            "pages = 51\nnext = \"a\"",
            &["source.board.pages", "a number from 1 to 50"],
        ),
        ("page_step = 10", &["source.board.page_step", "no page_parameter"]),
        (
            "next = \"a\"\npage_parameter = \"p\"",
            &["source.board.page_parameter", "next leads"],
        ),
        ("page_parameter = \"p=1\"", &["source.board.page_parameter", "no name"]),
    ] {
        check(&board(rest), expected);
    }
    let article = |rest: &str| format!("{SOURCE}[source.article]\n{rest}\n");
    check(
        &article("content = { select = \"/html\" }"),
        &["source.article.content.select", "this is XPath"],
    );
}

#[test]
fn a_request_says_what_can_not_be_sent() {
    for (rest, expected) in [
        (
            "method = \"PUT\"",
            &["source.request.method", "\"GET\" or \"POST\""][..],
        ),
        ("form = { a = [1] }", &["source.request.form.a", "this is a list"]),
        (
            "headers = { Host = \"b.example\" }",
            &["source.request.headers.Host", "the program itself"],
        ),
        (
            "headers = { Transfer-Encoding = \"chunked\" }",
            &["source.request.headers.Transfer-Encoding", "connection"],
        ),
        (
            "headers = { \"a b\" = \"c\" }",
            &["source.request.headers", "no name of a header"],
        ),
        (
            "headers = { X-Key = \"hunter2\\r\\nHost: b\" }",
            &["source.request.headers.X-Key", "a line break"],
        ),
        (
            "headers = { X-Key = { env = \"GAZETTED_TEST_UNSET\" } }",
            &["GAZETTED_TEST_UNSET is not set"],
        ),
        (
            "prime = \"https://b.example/\"",
            &["source.request.prime", "the source's own"],
        ),
        (
            "prime = \"http://a.example/\"",
            &["source.request.prime", "the source's own"],
        ),
        ("referer = \"here\"", &["source.request.referer", "no address"]),
        ("json = { a = nan }", &["source.request.json", "JSON has no number nan"]),
        ("json = '{'", &["source.request.json", "no JSON"]),
        ("json = '7'", &["source.request.json", "neither an object nor a list"]),
        (
            "json = { a = 1 }\nform = { a = 1 }",
            &["source.request.json", "one of form and json"],
        ),
        (
            "method = \"GET\"\njson = { a = 1 }",
            &["source.request.json", "method = \"POST\""],
        ),
        ("cookies = 1", &["source.request.cookies", "true or false"]),
        ("robots = \"no\"", &["source.request.robots", "true or false"]),
        ("pin = \"sha1/AAAA\"", &["source.request.pin", "sha256/"]),
        ("ca_file = \"/nowhere.pem\"", &["source.request.ca_file", "can't read"]),
        (
            "pin = \"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\nverify = false",
            &["source.request.verify", "one of ca_file, pin and verify"],
        ),
        ("tls = \"none\"", &["source.request.tls", "\"modern\" or \"legacy\""]),
        (
            "allow_downgrade = 1",
            &["source.request.allow_downgrade", "true or false"],
        ),
        (
            "proxy = \"ftp://me:hunter2@proxy.example\"",
            &["source.request.proxy", "spoken to by http, socks5 or socks5h"],
        ),
        ("proxy = \"hunter2\"", &["source.request.proxy", "no address"]),
        (
            "proxy = { env = \"GAZETTED_TEST_UNSET\" }",
            &["GAZETTED_TEST_UNSET is not set"],
        ),
        ("colour = true", &["source.request.colour", "known here:"]),
    ] {
        let text = format!("{SOURCE}[source.request]\n{rest}\n");
        check(&text, expected);
        assert!(!told(&text).contains("hunter2"));
    }
    let config = super::read(&format!(
        "{SOURCE}[source.request]\nheaders = {{ X-Key = \"hunter2\" }}\nproxy = \"http://me:hunter2@proxy.example:3128\"\n"
    ));
    assert!(!format!("{:?}", config.expect("a configuration")).contains("hunter2"));
}

#[test]
fn a_source_can_have_limits_of_its_own_and_not_such_as_belong_to_all() {
    for key in [
        "timeout = \"90s\"",
        "max_body = \"20 MiB\"",
        "per_host_interval = \"10s\"",
    ] {
        assert!(super::read(&format!("{SOURCE}{key}\n")).is_ok(), "{key}");
    }
    check(
        &format!("{SOURCE}timeout = \"soon\"\nmax_body = 0\n"),
        &["source.timeout", "source.max_body"],
    );
    check(
        &format!("{SOURCE}concurrency = 3\n"),
        &["source.concurrency", "known here:"],
    );
}

#[test]
fn a_source_says_in_one_way_how_its_changes_are_told() {
    check(
        &format!("{SOURCE}revisions = \"new\"\n"),
        &["source.revisions", "expected \"same\" or \"new-entry\""],
    );
    check(
        &format!("{SOURCE}revisions = \"new-entry\"\non_revision = \"silent\"\n"),
        &["source.revisions", "keeps silent about"],
    );
}

#[test]
fn what_is_referred_to_must_be_there_and_names_stand_once() {
    check(
        &format!("{SOURCE}{SOURCE}"),
        &["source", "a is there twice", "gazetted.toml:4"],
    );
    let other = "[[source]]\nid = \"b\"\nurl = \"https://b.example/\"\naliases = [\"old\", \"a\"]\n";
    check(
        &format!("{SOURCE}{other}"),
        &["source.aliases", "\"a\" is or was the id of a source already"],
    );
    check(&format!("{SOURCE}aliases = [\"old\"]\n{other}"), &["\"old\" is or was"]);
    let email = "[email]\nsmtp = \"smtp://a.example\"\nfrom = \"a@b.example\"\n";
    let reader = "[[subscriber]]\nemail = \"reader@example.net\"\n";
    check(
        &format!("{SOURCE}{email}{reader}sources = [\"b\"]\n"),
        &["subscriber.sources", "there is no source b"],
    );
    check(
        &format!("{SOURCE}{email}{reader}tags = [\"t\"]\n"),
        &["subscriber.tags", "no source has the tag \"t\""],
    );
    check(&format!("{SOURCE}{reader}"), &["[email]", "no way to write to them"]);
    check(
        &format!("{email}{reader}{reader}"),
        &["reader@example.net is there twice"],
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let told = told(&format!(
        "[fetch]\ntimeout = 5\nconcurency = 3\n{SOURCE}timezone = \"Mars\"\n[[webhook]]\nid = \"w\"\n"
    ));
    let places: Vec<usize> = [
        "fetch.timeout",
        "fetch.concurency",
        "source.timezone",
        "webhook.url",
        "webhook.secret",
    ]
    .iter()
    .map(|key| told.find(key).unwrap_or_else(|| panic!("{key} is not in\n{told}")))
    .collect();
    assert!(places.is_sorted(), "{told}");
    assert!(told.contains("5 mistakes in gazetted.toml"), "{told}");
}

#[test]
fn no_secret_is_shown() {
    for text in [
        "[email]\nsmtp = \"smtp://u:hunter2@a.example\"\nfrom = \"a@b.example\"",
        "[store]\nurl = \"postgres://u:hunter2@a.example/db\"",
        "[email]\nsmtp = \"smtp://a.example\"\nfrom = \"a@b.example\"\npassword = [\"hunter2\"]",
        "[[webhook]]\nid = \"w\"\nurl = \"https://a.example/\"\nsecret = \"hunter2\"",
        "[email]\npasword = \"hunter2\"\nsmtp = \"smtp://a.example\"\nfrom = \"a@b.example\"",
        "[[source]]\nid = \"a\"\nurl = \"https://u:hunter2@a.example/\"",
        "[[webhook]]\nid = \"w\"\nurl = \"ftp://a.example/hunter2\"\nsecret = \"x\"",
        "[email]\npassword = \"hunter2\nsmtp = 1",
    ] {
        let told = told(text);
        assert!(!told.contains("hunter2"), "{told}");
    }
    let config = super::read("[email]\nsmtp = \"smtps://u@a.example\"\nfrom = \"a@b.example\"\npassword = \"hunter2\"");
    assert!(!format!("{:?}", config.expect("a configuration")).contains("hunter2"));
}

#[test]
fn a_secret_is_read_from_a_file_and_a_file_that_can_not_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("password");
    std::fs::write(&path, "hunter2\n").expect("a file");
    let text = |path: &std::path::Path| {
        format!("[store]\nurl = \"postgres://u@a.example/b\"\npassword = {{ file = {path:?} }}\n")
    };
    let config = super::read(&text(&path)).expect("a configuration");
    let password = config.store.password.expect("a password");
    assert_eq!(password.expose(), "hunter2");
    let missing = folder.path().join("missing");
    check(&text(&missing), &["store.password", &missing.display().to_string()]);
    check(
        "[store]\npassword = { env = \"GAZETTED_TEST_UNSET\" }\n",
        &["GAZETTED_TEST_UNSET is not set"],
    );
}

#[test]
fn a_relay_that_can_not_be_used_as_it_is_written_is_a_mistake() {
    let email = |smtp: &str, password: &str| format!("[email]\nsmtp = \"{smtp}\"\nfrom = \"a@b.example\"\n{password}");
    const PASSWORD: &str = "password = \"hunter2\"";
    for (smtp, password, expected) in [
        ("smtps://u@a.example", "", "go together"),
        ("smtps://a.example", PASSWORD, "go together"),
        ("smtp://u@a.example", PASSWORD, "only sent over TLS"),
        ("smtp://a.example?x=1", "", "tls=required"),
        ("smtp://a.example?tls=maybe", "", "tls=required"),
        ("http://a.example", "", "tls=required"),
    ] {
        check(&email(smtp, password), &["email.smtp", "gazetted.toml:2:8", expected]);
    }
    let unreadable = told(&email(
        "smtps://u@a.example",
        "password = { env = \"GAZETTED_TEST_UNSET\" }",
    ));
    assert!(!unreadable.contains("go together"), "{unreadable}");
    for (smtp, password) in [
        ("smtp://u@127.0.0.1:2525", PASSWORD),
        ("smtp://u@a.example?tls=required", PASSWORD),
        ("smtps://a.example:465", ""),
    ] {
        super::read(&email(smtp, password)).unwrap_or_else(|problems| panic!("{smtp}: {problems}"));
    }
}

#[test]
fn a_family_is_one_that_is_known_and_its_rules_are_those_of_boards() {
    check(
        &format!("{SOURCE}preset = \"egov\"\n"),
        &[
            "source.preset",
            "no family of boards is called \"egov\"",
            "egovframe, k2web",
        ],
    );
    check(
        &format!("{SOURCE}preset = \"egovframe\"\n[source.json]\nitems = \"$[*]\"\ntitle = \"a\"\n"),
        &["source.preset", "not read where kind = \"json\""],
    );
    check(
        &format!("{SOURCE}preset = \"egovframe\"\n[source.board]\ntitel = \"a\"\npages = 3\n"),
        &[
            "source.board.titel",
            "did you mean \"title\"",
            "source.board.pages",
            "where the next page is",
        ],
    );
    check(
        &format!("{SOURCE}kind = \"feed\"\npreset = \"egovframe\"\n"),
        &["source.preset", "not read where kind = \"feed\""],
    );
}

#[test]
fn templates_that_make_no_mail_are_told_before_one_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = format!(
        "[email]\nsmtp = \"smtp://127.0.0.1\"\nfrom = \"a@example.org\"\ntemplates = \"{}\"\n",
        folder.path().display()
    );
    assert!(super::read(&email).is_ok(), "all of them are built in");
    std::fs::write(folder.path().join("notice.txt"), "{{ item.titel }} {{ unsubscribe }}").expect("a file");
    check(
        &email,
        &["email.templates", "`item.titel` is undefined (in notice.txt:1)"],
    );
    std::fs::write(folder.path().join("body.txt"), "").expect("a file");
    check(&email, &["there is no template \"body.txt\""]);
    check(
        "[email]\nsmtp = \"smtp://127.0.0.1\"\nfrom = \"a@example.org\"\ntemplates = \"/nowhere\"\n",
        &["email.templates", "can't read /nowhere"],
    );
}

#[test]
fn a_key_signs_as_its_algorithm_says_or_is_refused_unshown() {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let email = "[email]\nsmtp = \"smtp://127.0.0.1\"\nfrom = \"a@example.org\"\n";
    let seed = BASE64_STANDARD.encode([7; 32]);
    let with = |more: &str| format!("{email}[email.dkim]\ndomain = \"example.org\"\n{more}");
    let key = format!("selector = \"g1\"\nkey = \"{seed}\"\n");
    assert!(super::read(&with(&key)).is_ok());
    check(
        &with(&format!("{key}algorithm = \"rsa-sha256\"\n")),
        &["email.dkim.key", "this key signs with ed25519-sha256"],
    );
    check(
        &with(&format!("{key}algorithm = \"rsa-sha1\"\n")),
        &["email.dkim.algorithm", "\"rsa-sha256\" or \"ed25519-sha256\""],
    );
    check(
        &with("selector = \"g 1\"\n"),
        &["\"g 1\" can't stand in a domain name", "email.dkim.key"],
    );
    let told = told(&with("selector = \"g1\"\nkey = \"do-not-show\"\n"));
    assert!(
        told.contains("no private key") && !told.contains("do-not-show"),
        "{told}"
    );
    let one = format!("[[email.dkim]]\ndomain = \"example.org\"\n{key}");
    check(
        &format!("{email}{one}{one}"),
        &["two keys can't both stand at g1._domainkey.example.org"],
    );
    let other = one.replace("g1", "g2");
    let config = super::read(&format!("{email}{one}{other}")).expect("a configuration");
    assert_eq!(config.email.expect("mail").signers.len(), 2);
}

#[test]
fn files_are_not_attached_by_this_version() {
    let email = "[email]\nsmtp = \"smtp://127.0.0.1\"\nfrom = \"a@example.org\"\n";
    assert!(super::read(&format!("{email}attach = false\n")).is_ok());
    check(
        &format!("{email}attach = true\n"),
        &["email.attach", "mails link to the files"],
    );
}
