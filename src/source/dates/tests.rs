use super::*;

const AT: &str = "2020-11-20T03:00:00Z";

#[track_caller]
fn at(text: &str, zone: &str, language: Option<&str>) -> Option<String> {
    let zone = TimeZone::get(zone).expect("a zone");
    let at: Timestamp = AT.parse().expect("a moment");
    read(text, &zone, language, at).map(|published| published.to_string())
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(at(text, "Asia/Seoul", Some("ko")).as_deref(), Some(expected), "{text}");
}

#[track_caller]
fn check_in(zone: &str, language: &str, text: &str, expected: &str) {
    assert_eq!(
        at(text, zone, Some(language)).as_deref(),
        Some(expected),
        "{text} in {language}"
    );
}

#[track_caller]
fn check_feed(text: &str, expected: &str) {
    let seen = read_feed(text, &TimeZone::UTC).map(|published| published.zoned(&TimeZone::UTC).timestamp().to_string());
    assert_eq!(seen.as_deref(), Some(expected), "{text}");
}

#[test]
fn boards_of_east_asia() {
    for text in [
        "2020.11.10",
        "2020. 11. 10.",
        "2020-11-10",
        "2020/11/10",
        "20.11.10",
        "20-11-10",
        "20/11/10",
        "11.10",
        "11-10",
        "2020년 11월 10일",
        "2020년11월10일(화)",
        "11월 10일",
        "2020年11月10日",
        "2020年11月10日星期二",
        "令和2年11月10日",
        "令和２年１１月１０日（火）",
        "民國109年11月10日",
        "中華民國109年11月10日",
        "R2.11.10",
        "20201110",
        "등록일 : 2020.11.10",
        "작성일2020-11-10",
        "[2020-11-10]",
        "2020.11.10 ~ 2020.11.20",
        "2020.11.10~11.20",
        "2020-11-10 - 2020-11-20",
        "2020.11.10.(화)",
        "10일 전",
        "10 일전",
        "2020\u{5e74}11\u{6708}10\u{65e5}",
        "등록일: 2020-11-10 조회수: 1,234",
    ] {
        check(text, "2020-11-10");
    }
    check("2020.11.10 14:30", "2020-11-10T14:30:00+09:00");
    check("202011101430", "2020-11-10T14:30:00+09:00");
    check("20201110143005", "2020-11-10T14:30:05+09:00");
    check("등록일 20201110143005 조회 12", "2020-11-10T14:30:05+09:00");
    check("2020-11-10 14:30:05", "2020-11-10T14:30:05+09:00");
    check("2020.11.10. 오후 2:30", "2020-11-10T14:30:00+09:00");
    check("2020년 11월 10일 (화) 14시 30분", "2020-11-10T14:30:00+09:00");
    check("2020年11月10日 下午2:30", "2020-11-10T14:30:00+09:00");
    check("2020-11-10T05:30:00Z", "2020-11-10T05:30:00+00:00");
    check("2020-11-10T14:30:00.123+09:00", "2020-11-10T14:30:00+09:00");
    check_in("Asia/Taipei", "zh-Hant", "109.11.10", "2020-11-10");
    check_in("Asia/Taipei", "zh-Hant", "109/11/10", "2020-11-10");
    check_in("Asia/Tokyo", "ja", "平成元年1月8日", "1989-01-08");
}

#[test]
fn relative_dates_are_days() {
    // It is noon of the 20th in Seoul.
    for (text, expected) in [
        ("3시간 전", "2020-11-20"),
        ("13시간전", "2020-11-19"),
        ("방금 전", "2020-11-20"),
        ("2주 전", "2020-11-06"),
        ("3개월 전", "2020-08-20"),
        ("3 hours ago", "2020-11-20"),
        ("13 hours ago", "2020-11-19"),
        ("an hour ago", "2020-11-20"),
        ("2 days ago", "2020-11-18"),
        ("yesterday", "2020-11-19"),
        ("어제", "2020-11-19"),
        ("昨天", "2020-11-19"),
        ("前天", "2020-11-18"),
        ("3小时前", "2020-11-20"),
        ("3時間前", "2020-11-20"),
        ("5 分鐘前", "2020-11-20"),
        ("2日前", "2020-11-18"),
        ("2か月前", "2020-09-20"),
        ("vor 3 Tagen", "2020-11-17"),
        ("il y a 3 jours", "2020-11-17"),
        ("hace 3 días", "2020-11-17"),
        ("há 3 dias", "2020-11-17"),
        ("3 giorni fa", "2020-11-17"),
        ("3 dagen geleden", "2020-11-17"),
        ("3 дня назад", "2020-11-17"),
        ("3 dni temu", "2020-11-17"),
        ("3 gün önce", "2020-11-17"),
        ("πριν από 3 ημέρες", "2020-11-17"),
        ("Posted 2 days ago", "2020-11-18"),
    ] {
        check(text, expected);
    }
    check("오후 3:20", "2020-11-19T15:20:00+09:00");
    check("오전 9:20", "2020-11-20T09:20:00+09:00");
    check("11:05", "2020-11-20T11:05:00+09:00");
    check("Gestern, 13:41 Uhr", "2020-11-19T13:41:00+09:00");
}

#[test]
fn a_year_left_out_is_the_newest_that_is_not_to_come() {
    check("11.21", "2020-11-21");
    check("11.22", "2019-11-22");
    check("12월 31일", "2019-12-31");
    check_in("Europe/Berlin", "de", "29. Februar", "2020-02-29");
    check_in("Europe/Berlin", "de", "10.11.", "2020-11-10");
}

#[test]
fn months_have_names_in_many_languages() {
    for (language, text) in [
        ("en", "Nov 10, 2020"),
        ("en", "November 10 2020"),
        ("en", "10 November 2020"),
        ("en", "10th of November, 2020"),
        ("en", "10-Nov-2020"),
        ("en", "Tuesday, November 10th, 2020"),
        ("en", "Nov. 10, 2020"),
        ("en", "2020 Nov 10"),
        ("en", "10 Nov '20"),
        ("en", "10-Nov-20"),
        ("en", "10–12 November 2020"),
        ("en", "Nov 10-12, 2020"),
        ("en", "Nov 10 - Nov 12, 2020"),
        ("en", "NOV10,2020"),
        ("de", "10. November 2020"),
        ("fr", "10 novembre 2020"),
        ("fr", "mardi 10 novembre 2020"),
        ("es", "10 de noviembre de 2020"),
        ("pt", "10 de Novembro de 2020"),
        ("it", "10 novembre 2020"),
        ("nl", "10 november 2020"),
        ("pl", "10 listopada 2020 r."),
        ("hr", "10. studenoga 2020."),
        ("ru", "10 ноября 2020 г."),
        ("uk", "10 листопада 2020"),
        ("el", "10 Νοεμβρίου 2020"),
        ("tr", "10 Kasım 2020"),
        ("cs", "10. listopadu 2020"),
        ("hu", "2020. november 10."),
        ("fi", "10. marraskuuta 2020"),
        ("sv", "10 november 2020"),
        ("ro", "10 noiembrie 2020"),
        ("bg", "10 ноември 2020"),
        ("lt", "2020 lapkričio 10"),
        ("ar", "10 نوفمبر 2020"),
        ("ar", "١٠ نوفمبر ٢٠٢٠"),
        ("he", "10 בנובמבר 2020"),
        ("th", "10 พฤศจิกายน 2563"),
        ("th", "10 พ.ย. 2563"),
        ("th", "10 พ.ย. 63"),
        ("th", "10/11/63"),
        ("vi", "10 tháng 11, 2020"),
        ("vi", "Ngày 10/11/2020"),
        ("fa", "۱۳۹۹/۰۸/۲۰"),
        ("fa", "۲۰ آبان ۱۳۹۹"),
        ("ca", "10 de novembre de 2020"),
        ("id", "10 November 2020"),
    ] {
        check_in("Europe/Berlin", language, text, "2020-11-10");
    }
    check_in("Europe/Paris", "fr", "28 Aoû 2012", "2012-08-28");
    check_in(
        "Europe/Minsk",
        "ru",
        "04:16 | 10 декабря 2014 года",
        "2014-12-10T04:16:00+03:00",
    );
    check_in("Europe/Berlin", "hr", "10. listopada 2020.", "2020-10-10");
    check_in(
        "Europe/Berlin",
        "de",
        "10. März 2020, 14:30 Uhr",
        "2020-03-10T14:30:00+01:00",
    );
    check_in(
        "Europe/Paris",
        "fr",
        "10 août 2020 à 14h30",
        "2020-08-10T14:30:00+02:00",
    );
    check_in(
        "America/New_York",
        "en-US",
        "November 10, 2020 at 3:09 p.m.",
        "2020-11-10T15:09:00-05:00",
    );
    check_in(
        "America/New_York",
        "en-US",
        "3:09 PM, Nov 10, 2020",
        "2020-11-10T15:09:00-05:00",
    );
}

#[test]
fn day_and_month_stand_in_the_order_of_the_language() {
    check_in("America/New_York", "en-US", "03/04/2020", "2020-03-04");
    check_in("Asia/Seoul", "en", "03/04/2020", "2020-03-04");
    check_in("Europe/London", "en-GB", "03/04/2020", "2020-04-03");
    check_in("Europe/London", "en", "03/04/2020", "2020-04-03");
    check_in("Europe/Paris", "fr", "03/04/2020", "2020-04-03");
    check_in("America/New_York", "en-US", "31/12/2019", "2019-12-31");
    check_in("Europe/Berlin", "de", "3.4.2020", "2020-04-03");
    check_in("Europe/Berlin", "de", "03.04.20", "2020-04-03");
    check_in("America/New_York", "en-US", "3/4/20", "2020-03-04");
    check_in("Asia/Seoul", "ko", "20.03.04", "2020-03-04");
    check_in("America/New_York", "en-US", "03-04-2020", "2020-04-03");
}

#[test]
fn what_is_not_certainly_a_date_is_none() {
    for text in [
        "",
        "-",
        "1.2.3",
        "v2020.1.2",
        "192.168.10.11",
        "10.0.0.1",
        "02-2100-3399",
        "010-1234-5678",
        "1588-1234",
        "10.5 MB",
        "1,234",
        "12.50€",
        "$11.10",
        "9872",
        "조회 1234",
        "2020",
        "November",
        "August 2012",
        "2020-13-10",
        "2020.11.31",
        "31.31.31",
        "ISO 9001:2015",
        "20/30",
        "3.5%",
        "1/2 page",
        "2020-11-10-01-22",
        "제 2020-123호",
        "may be",
        "1 von 20",
        "page 11-10 of 20",
        "COVID-19",
        "T-2020.11.10x",
        "2020.11.10.5.6",
        "1:1 문의",
        "24/7 service",
        "550e8400-e29b-41d4-a716-446655440000",
        "978-89-12-34567-8",
        "202011102530",
        "202013101430",
        "20201110146000",
        "119912311259",
        "주문 202011101430 접수",
        "11.10 KB",
        "5월호 소식지",
        "22-10",
        "159a-3, May 25",
        "KISA 2020",
    ] {
        assert_eq!(at(text, "Asia/Seoul", Some("ko")), None, "{text}");
    }
}

#[track_caller]
fn check_found(text: &str, expected: Option<(&str, &str)>) {
    let zone = TimeZone::get("Asia/Seoul").expect("a zone");
    let found = find(text, &zone, Some("en"), AT.parse().expect("a moment"));
    let seen = found.map(|found| (found.published.to_string(), text[found.range].to_owned()));
    assert_eq!(
        seen,
        expected.map(|(date, part)| (date.to_owned(), part.to_owned())),
        "{text}"
    );
}

#[test]
fn the_publication_date_is_found_in_a_line() {
    check_found("Date : 2020.11.10 Read : 9872", Some(("2020-11-10", "2020.11.10")));
    check_found(
        "작성자 홍길동 | 등록일 2020-11-10 | 조회수 20.11",
        Some(("2020-11-10", "2020-11-10")),
    );
    check_found(
        "수정일 2020-11-12 등록일 2020-11-10",
        Some(("2020-11-10", "2020-11-10")),
    );
    check_found(
        "Updated: Nov 12, 2020. Posted: Nov 10, 2020",
        Some(("2020-11-10", "Nov 10, 2020")),
    );
    check_found("Last updated Nov 12, 2020", Some(("2020-11-12", "Nov 12, 2020")));
    check_found("접수 마감일 2020-11-30", None);
    check_found(
        "조회 1234 2020.11.10 14:30 (화)",
        Some(("2020-11-10T14:30:00+09:00", "2020.11.10 14:30")),
    );
    check_found("등록일 11.10 조회 20", Some(("2020-11-10", "11.10")));
    check_found("버전 11.10 배포", None);
    check_found("11월 10일 휴관 안내", None);
    check_found("Tel. 02-2100-3399, 2020-11-10", Some(("2020-11-10", "2020-11-10")));
    check_found("Water off from 10:00 to 12:00", None);
}

#[test]
fn a_cell_with_a_date_looks_like_one_and_a_title_does_not() {
    for text in [
        "2020.11.10",
        "20.11.10",
        "11.10",
        "Nov 10, 2020",
        "3시간 전",
        "등록일 2020-11-10",
        "10 November 2020 14:30",
        "어제",
        "14:30",
        "2020-11-10 ~ 2020-11-12",
    ] {
        assert!(looks_like_date(text), "{text}");
    }
    for text in [
        "",
        "9872",
        "1,234",
        "홍길동",
        "Republic of Korea talks of 2020",
        "2020년 11월 10일 정기 시설 점검에 따른 휴관 안내",
        "02-2100-3399",
        "첨부파일 11.5KB",
    ] {
        assert!(!looks_like_date(text), "{text}");
    }
}

#[test]
fn dates_of_feeds() {
    check_feed("Tue, 10 Nov 2020 14:30:00 +0900", "2020-11-10T05:30:00Z");
    check_feed("Tue, 10 Nov 2020 14:30 EST", "2020-11-10T19:30:00Z");
    check_feed("Tue, 10 Nov 20 14:30:00 GMT", "2020-11-10T14:30:00Z");
    check_feed("2020-11-10T14:30:00+09:00", "2020-11-10T05:30:00Z");
    check_feed("2020-11-10T24:00:00Z", "2020-11-11T00:00:00Z");
    check_feed("1605018600", "2020-11-10T14:30:00Z");
    check_feed("20201110143000", "2020-11-10T14:30:00Z");
    check_feed("di, 10 nov 2020 14:30:00 +0100", "2020-11-10T13:30:00Z");
    check_feed("mar., 10 mars 2020 14:30:00 +0000", "2020-03-10T14:30:00Z");
    check_feed("2020-315", "2020-11-10T00:00:00Z");
    for refused in [
        "",
        "yesterday",
        "soon",
        "10 zzz 2020",
        "2020-11-10T25:00:00Z",
        "2020-02-30",
        "Tue, 32 Nov 2020 00:00:00 GMT",
        "10 Nov",
        "-",
        "Nov",
    ] {
        assert_eq!(read_feed(refused, &TimeZone::UTC), None, "{refused}");
    }
    assert!(matches!(
        read_feed("2020-11-10", &TimeZone::UTC),
        Some(Published::Day(_))
    ));
}

#[test]
fn the_collection_of_feed_dates() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/feeds/dates.jsonl");
    let Ok(lines) = std::fs::read_to_string(path) else {
        println!("skipped: no collection of feed dates beside this checkout");
        return;
    };
    let mut wrong = Vec::new();
    for line in lines.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
        let text = case["in"].as_str().unwrap_or_default();
        let expected = case["utc"]
            .as_str()
            .map(|utc| utc.parse::<Timestamp>().expect("an instant"));
        let seen = read_feed(text, &TimeZone::UTC).map(|published| published.zoned(&TimeZone::UTC).timestamp());
        let whole = |instant: Timestamp| instant.as_second();
        if seen.map(whole) != expected.map(whole) {
            wrong.push(format!("{text:?}: {seen:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = (at(&text, "Asia/Seoul", Some("ko")), looks_like_date(&text), read_feed(&text, &TimeZone::UTC));
    }

    #[test]
    fn no_text_like_a_date_panics(text in "[0-9.:/ ~T+Z年月日년월일전 -]{0,40}|([0-9]{1,9}[-./: ]){1,9}(Nov|ago|vor|days)?") {
        let _ = (at(&text, "Europe/Berlin", Some("de")), at(&text, "Asia/Tehran", Some("fa")), at(&text, "Asia/Taipei", None));
        let _ = (looks_like_date(&text), read_feed(&text, &TimeZone::UTC));
    }

    #[test]
    fn every_day_is_read_in_every_form(days in 0i32..10_000) {
        let day = Date::constant(1993, 1, 1).checked_add(Span::new().days(days)).expect("a day");
        for form in ["%Y.%m.%d", "%Y-%m-%d", "%Y/%m/%d", "%Y년 %m월 %d일", "%B %d, %Y", "%d %b %Y", "%d.%m.%Y", "%y.%m.%d"] {
            let text = day.strftime(form).to_string();
            proptest::prop_assert_eq!(at(&text, "Asia/Seoul", Some("ko")), Some(day.to_string()), "{}", text);
        }
    }
}
