//! `config.example.toml` is complete, and tells the truth.

use std::time::Duration;

use gazetted::{
    config::Config,
    poll::Pace,
    source::{Kind, article},
};

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn of(text: &str) -> Config {
    super::read(text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The example with the defaults that it shows behind a bare `#` written out.
fn written_out() -> String {
    let key = |line: &str| {
        let name = line.split_once(" = ").map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let lines = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| key(rest)).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_is_a_configuration() {
    let config = of(EXAMPLE);
    let board = &config.sources[0].source;
    assert_eq!(
        (board.id.as_str(), board.zone.iana_name()),
        ("mois-news", Some("Asia/Seoul"))
    );
    assert!(matches!(board.kind, Kind::Board(_)) && board.article.is_some());
    let feed = config
        .sources
        .iter()
        .find(|watched| matches!(watched.source.kind, Kind::Feed))
        .expect("a feed");
    assert_eq!(
        feed.source.article,
        Some(article::Rules::default().into()),
        "an empty table follows links"
    );
    assert!(
        config
            .sources
            .iter()
            .any(|watched| matches!(watched.source.kind, Kind::Json(_)))
    );
}

#[test]
fn the_defaults_that_the_example_shows_are_the_defaults() {
    let written = written_out();
    assert!(written.lines().count() == EXAMPLE.lines().count() && written != EXAMPLE);
    // The debug form holds every setting, and no secret.
    assert_eq!(format!("{:#?}", of(&written)), format!("{:#?}", of(EXAMPLE)));
}

#[test]
fn the_keys_that_the_example_only_mentions_work() {
    let starts = [
        "date = {",
        "author = {",
        "link = {",
        "page_parameter =",
        "page_step =",
        "[source.request]",
    ];
    let mut text =
        "[[source]]\nid = \"a\"\nurl = \"https://www.example.org/list\"\n[source.board]\nrow = \"tr\"\ntitle = \"a\"\n\
                    pages = 3\n"
            .to_owned();
    let mentioned = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# "));
    let request = mentioned
        .clone()
        .skip_while(|line| *line != "[source.request]")
        .take(11);
    let key = |line: &str| line.split(" = ").next().is_some_and(|key| !key.contains(' '));
    let request = request.filter(|line| line.starts_with('[') || line.contains(" = ") && key(line));
    for line in mentioned
        .filter(|line| starts[..5].iter().any(|start| line.starts_with(start)))
        .chain(request)
    {
        text.push_str(line);
        text.push('\n');
    }
    for start in starts {
        assert!(text.contains(&format!("\n{start}")), "{start} is not in\n{text}");
    }
    let config = of(&text);
    assert_eq!(config.sources[0].source.pages(), 3);
    assert_eq!(
        (
            config.sources[0].manner.form.len(),
            config.sources[0].manner.headers.len()
        ),
        (2, 1)
    );
    assert!(config.sources[0].manner.prime.is_some());
}

#[test]
fn every_key_of_fetch_and_poll_is_in_the_example() {
    for key in [
        "listen",
        "public_url",
        "title",
        "timeout",
        "max_body",
        "concurrency",
        "per_host_concurrency",
        "per_host_interval",
        "allow_networks",
        "interval",
        "min_interval",
        "adaptive",
        "notify_backlog",
        "flood_limit",
        "on_revision",
        "digest",
        "include",
        "exclude",
        "format",
        "smtp",
        "from",
    ] {
        let stands = written_out().lines().any(|line| line.starts_with(&format!("{key} = ")));
        assert!(stands, "{key} is not in config.example.toml");
    }
}

#[test]
fn a_source_has_the_pace_of_all_but_for_what_it_says_itself() {
    let config = of(
        "[poll]\ninterval = \"1d\"\nadaptive = false\n[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n\
         [[source]]\nid = \"b\"\nurl = \"https://b.example/\"\ninterval = \"1h\"\nflood_limit = 3\n",
    );
    let day = Duration::from_secs(86_400);
    let all = Pace {
        interval: day,
        adaptive: false,
        ..Pace::default()
    };
    assert_eq!(config.sources[0].pace, all);
    let own = Pace {
        interval: Duration::from_secs(3600),
        flood_limit: 3,
        ..all
    };
    assert_eq!(config.sources[1].pace, own);
}

#[test]
fn a_table_of_selectors_says_the_kind() {
    for kind in ["", "kind = \"auto\"\n", "kind = \"board\"\n"] {
        let source = format!("[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n{kind}");
        let config = of(&format!("{source}[source.board]\nrow = \"li\"\ntitle = \"a\"\n"));
        assert!(matches!(config.sources[0].source.kind, Kind::Board(_)));
        assert_eq!(config.sources[0].source.name, "a");
    }
}

#[test]
fn a_family_stands_for_the_selectors() {
    let source = "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\npreset = \"egovframe\"\n";
    let config = of(source);
    let family = gazetted::source::preset::named("egovframe").expect("a family");
    let read = &config.sources[0].source;
    assert!(matches!(&read.kind, Kind::Board(rules) if *rules == family.board));
    assert_eq!(read.article, family.article);
    assert_eq!(read.zone.iana_name(), Some("Asia/Seoul"));
    let config = of(&format!("{source}timezone = \"UTC\"\n"));
    assert_eq!(config.sources[0].source.zone.iana_name(), Some("UTC"));
}

#[test]
fn what_is_written_beside_a_family_goes_before_its_rules_key_by_key() {
    let source = "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\npreset = \"gnuboard\"\n";
    let family = gazetted::source::preset::named("gnuboard").expect("a family");
    let config = of(&format!(
        "{source}[source.board]\ntitle = \".mine\"\ndate = {{ select = \".d\", date_format = \"%d/%m/%y\" }}\nnext = \".pg_next @href\"\n\
         pages = 3\n[source.article]\ncontent = \".text\"\n"
    ));
    let read = &config.sources[0].source;
    let Kind::Board(rules) = &read.kind else {
        panic!("a board")
    };
    assert_eq!(rules.title.to_string(), ".mine");
    assert!(rules.date.as_ref().is_some_and(|date| date.hand().is_some()));
    assert_eq!((rules.pages, rules.next.is_some()), (Some(3), true));
    assert_eq!(
        (&rules.row, &rules.title_without, &rules.author, &rules.pinned),
        (
            &family.board.row,
            &family.board.title_without,
            &family.board.author,
            &family.board.pinned
        )
    );
    let (article, known) = (
        read.article.as_ref().expect("rules"),
        family.article.as_ref().expect("rules"),
    );
    assert_eq!(
        article.content.as_ref().map(ToString::to_string).as_deref(),
        Some(".text")
    );
    assert_eq!((&article.date, &article.attachments), (&known.date, &known.attachments));
}

#[test]
fn a_source_of_a_family_is_written_by_the_family_s_name_and_reads_as_it_was() {
    for family in gazetted::source::preset::all() {
        for zone in ["UTC", "Asia/Seoul", "Europe/Berlin"] {
            let source = gazetted::source::Source {
                id: "a".parse().expect("an id"),
                name: "A".to_owned(),
                url: "https://a.example/".parse().expect("an address"),
                kind: Kind::Board(family.board.clone()),
                language: None,
                zone: jiff::tz::TimeZone::get(zone).expect("a zone"),
                tags: Vec::new(),
                article: family.article.clone(),
            };
            let block = gazetted::config::block(&source);
            assert!(block.contains(&format!("preset = \"{}\"", family.name)), "{block}");
            assert!(!block.contains("[source."), "{block}");
            let config = of(&block);
            let read = &config.sources[0].source;
            assert!(matches!(&read.kind, Kind::Board(rules) if *rules == family.board));
            assert_eq!(read.article, family.article);
            assert_eq!(read.zone.iana_name(), Some(zone), "{block}");
            let another = gazetted::source::Source {
                article: None,
                ..source
            };
            let config = of(&gazetted::config::block(&another));
            assert_eq!(config.sources[0].source.article, None);
        }
    }
}

#[test]
fn a_source_is_meant_by_each_of_its_names() {
    let config = of(
        "[[source]]\nid = \"town\"\nurl = \"https://a.example/\"\nkind = \"feed\"\naliases = [\"old\"]\n\
         [[search]]\nid = \"water\"\nq = \"water source:old\"\n\
         [[webhook]]\nid = \"all\"\nurl = \"https://b.example/\"\nsecret = \"whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==\"\nsources = [\"old\"]\nquery = \"-source:old\"\n",
    );
    assert_eq!(config.searches[0].query.to_string(), "water source:town");
    let rule = &config.webhooks[0].receiver.wishes[0].rule;
    assert_eq!(rule.sources[0].as_str(), "town");
    assert_eq!(
        rule.query.as_ref().map(ToString::to_string).as_deref(),
        Some("-source:town")
    );
}
