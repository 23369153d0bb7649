//! The words of dates in the languages of boards and feeds. All are folded but the months: lower case, no
//! accents ("août" is `aout`).

use std::{collections::HashMap, sync::LazyLock};

use jiff::{Span, Unit, civil::Time, tz::Offset};

use super::tokens::spelling;

/// The months' names, one line a month.
const MONTHS: [&str; 12] = [
    "january jan januar january janvier janv enero ene gennaio gen janeiro januari januarie ianuarie ian ιανουαριος \
     ιανουαριου ιαν января январь янв ociak ocak styczen stycznia sty leden ledna led januar januara tammikuu \
     tammikuuta jaanuar janvaris sausis sausio січня січень січ януари siecanj sijecnja sijecanj january janner janner \
     ינואר يناير มกราคม ม.ค जनवरी gener xaneiro ionawr januaris студзеня студзень urtarrila januarie",
    "february feb februar fevrier fevr fev febrero febbraio fevereiro februari februarie φεβρουαριος φεβρουαριου φεβ \
     февраля февраль фев февр subat sub luty lutego lut unor unora februara helmikuu helmikuuta veebruar februaris \
     vasaris vasario лютого лютии лют февруари veljaca veljace פברואר فبراير กุมภาพันธ์ ก.พ फरवरी febrer \
     febreiro лютага февр feber feb febr otsaila februarie pebrero",
    "march mar mars marz maerz mrz marzo marco março maart mrt mart martie martius μαρτιος μαρτιου μαρ марта март мар \
     mart marzec marca brezen brezna marec marts maaliskuu maaliskuuta marts kovas kovo marcius березня березень бер \
     ozujak ozujka מרץ مارس มีนาคม มี.ค मार्च marc marz сакавіка martxoa maret mac machi marso",
    "april apr avril avr abril abr aprile aprilie απριλιος απριλιου απρ апреля апрель апр nisan nis kwiecien kwietnia \
     kwi duben dubna dub aprila huhtikuu huhtikuuta aprill aprilis balandis balandzio aprilis квітня квітень квіт \
     април travanj travnja אפריל أبريل ابريل เมษายน เม.ย अप्रैल красавіка aprilo apirila aprili",
    "may mai mayo mag maggio maio mei mayis maj maja mayo μαιος μαιου μαι μαϊ мая маи kveten kvetna kve maja toukokuu \
     toukokuuta maijs geguze geguzes majus травня травень трав svibanj svibnja מאי مايو พฤษภาคม พ.ค मई maig \
     mayis мая траўня maiatza",
    "june jun juin juni junio giugno giu junho iunie iun haziran haz czerwiec czerwca cze cerven cervna cvn ιουνιος \
     ιουνιου ιουν июня июнь июн kesakuu kesakuuta juuni junijs birzelis birzelio junius червня червень черв юни \
     lipanj lipnja יוני يونيو มิถุนายน มิ.ย जून juny xuno чэрвеня juna jun ekaina junie hunyo",
    "july jul juillet juil juli julio luglio lug julho iulie iul temmuz tem lipiec lipca lip cervenec cervence cvc \
     ιουλιος ιουλιου ιουλ июля июль июл heinakuu heinakuuta juuli julijs liepa liepos julius липня липень лип юли \
     srpanj srpnja יולי يوليو กรกฎาคม ก.ค जुलाई juliol xullo ліпеня jula uztaila julai julie hulyo",
    "august aug aout aou agosto ago augustus augusti aout αυγουστος αυγουστου αυγ августа август авг agustos agu sierpien \
     sierpnia sie srpen srpna srp elokuu elokuuta augusts rugpjutis rugpjucio augusztus серпня серпень серп kolovoz \
     kolovoza אוגוסט أغسطس اغسطس สิงหาคม ส.ค अगस्त agost agosto agustus жніўня avgust avgusta abuztua ogos agosti",
    "september sep sept septembre septiembre set settembre setembro septembrie σεπτεμβριος σεπτεμβριου σεπ σεπτ \
     сентября сентябрь сен сент eylul eyl wrzesien wrzesnia wrz zari syyskuu syyskuuta septembris rugsejis rugsejo \
     szeptember szept вересня вересень вер септември rujan rujna ספטמבר سبتمبر กันยายน ก.ย सितंबर setembre \
     setembro верасня septembra iraila septemba setyembre",
    "october oct oktober okt octobre octubre ottobre ott outubro out octombrie οκτωβριος οκτωβριου οκτ октября октябрь \
     окт ekim eki pazdziernik pazdziernika paz rijen rijna rij lokakuu lokakuuta oktoober oktobris spalis spalio \
     жовтня жовтень жовт октомври listopad@hr listopada@hr אוקטובר أكتوبر اكتوبر ตุลาคม ต.ค अक्टूबर octubre outubro \
     кастрычніка oktobra urria oktoba oktubre",
    "november nov novembre noviembre novembro noiembrie noi νοεμβριος νοεμβριου νοε νοεμ ноября ноябрь ноя нояб kasim \
     kas listopad listopada listopadu lis marraskuu marraskuuta novembris lapkritis lapkricio листопада листопад лист ноември \
     studeni studenoga נובמבר نوفمبر พฤศจิกายน พ.ย नवंबर лістапада novembra azaroa novemba nobyembre",
    "december dec dez dezember decembre dic diciembre dicembre dezembro decembrie δεκεμβριος δεκεμβριου δεκ декабря \
     декабрь дек aralik ara grudzien grudnia gru prosinec prosince pro joulukuu joulukuuta detsember decembris \
     gruodis gruodzio грудня грудень груд декември prosinac prosinca דצמבר ديسمبر ธันวาคม ธ.ค दिसंबर desembre des \
     desember decembro снежня decembra abendua disember desemba desember disyembre",
];

/// The months of the Solar Hijri calendar.
const JALALI_MONTHS: [&str; 12] = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان ابان",
    "آذر اذر",
    "دی",
    "بهمن",
    "اسفند",
];

/// Days of the week. Some are months in another language (French "mar."), which is why months are looked at first.
const WEEKDAYS: &str = "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri saturday sat \
    sunday sun montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonnabend sonntag so lundi lun \
    mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim lunes martes mie miercoles jueves jue viernes \
    vie sabado sab domingo dom lunedi martedi mercoledi giovedi gio venerdi segunda seg terca ter quarta qua quinta qui \
    sexta sex feira maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo mandag man tirsdag tir \
    onsdag ons torsdag tor fredag fre lordag lor sondag son mandag tisdag tis lordag poniedzialek pon wtorek wt sroda \
    sr czwartek czw piatek pt sobota sob niedziela nie pondeli po utery ut streda st ctvrtek ct patek pa nedele ne \
    понедельник пн вторник вт среда ср четверг чт пятница пт суббота сб воскресенье вс понеділок середа четвер пятниця \
    субота неділя δευτερα δευ τριτη τρι τεταρτη τετ πεμπτη πεμ παρασκευη παρ σαββατο σαβ κυριακη κυρ pazartesi pzt sali \
    sal carsamba car persembe per cuma cum cumartesi cmt pazar paz hetfo kedd szerda csutortok pentek szombat vasarnap \
    maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai luni marti miercuri joi vineri sambata duminica \
    월요일 화요일 수요일 목요일 금요일 토요일 일요일 월 화 수 목 금 토 일 月 火 水 木 金 土 日 曜 星 期 周 週 礼 一 二 三 四 五 六 天 \
    thu hai ba tu nam sau bay chu nhat شنبه یکشنبه دوشنبه سه چهارشنبه پنجشنبه جمعه";

/// What may stand between the parts of a date.
const JOINING: &str = "at on of the de del d a as um le il am kl klo ore alle el les o og och i в о у la den der dem \
    της την στις the à la dia";

/// Names before a publication date.
pub(super) const PUBLICATION_LABELS: &[&str] = &[
    "등록일",
    "작성일",
    "게시일",
    "등록일자",
    "작성일자",
    "게시일자",
    "등록일시",
    "작성일시",
    "공고일",
    "배포일",
    "보도일자",
    "입력",
    "등록",
    "작성",
    "날짜",
    "일자",
    "일시",
    "date",
    "posted",
    "posted on",
    "published",
    "published on",
    "publication date",
    "created",
    "release date",
    "released",
    "issued",
    "added",
    "日期",
    "时间",
    "時間",
    "发布",
    "發布",
    "发布于",
    "發佈",
    "掲載日",
    "公開日",
    "登録日",
    "投稿日",
    "更新日期",
    "fecha",
    "datum",
    "data",
    "data publicacao",
    "publie le",
    "publicado",
    "veroffentlicht",
    "erstellt",
    "pubblicato",
    "publicerad",
    "дата",
    "опубликовано",
    "размещено",
    "ημερομηνια",
    "tarih",
    "tarihi",
    "gepubliceerd",
    "تاریخ",
    "ngay",
    "ngay dang",
    "dodano",
    "opublikowano",
    "zverejneno",
];

/// Names before a date that is not the publication's.
pub(super) const OTHER_LABELS: &[&str] = &[
    "수정일",
    "수정일시",
    "변경일",
    "수정",
    "updated",
    "updated on",
    "last update",
    "last updated",
    "modified",
    "last modified",
    "更新",
    "修改",
    "geandert",
    "aktualisiert",
    "modifie le",
    "mis a jour",
    "actualizado",
    "aggiornato",
    "обновлено",
    "изменено",
];

/// Names before the end of something.
pub(super) const END_LABELS: &[&str] = &[
    "마감",
    "마감일",
    "종료",
    "종료일",
    "까지",
    "deadline",
    "due",
    "due date",
    "expires",
    "expiry date",
    "closing date",
    "closes",
    "until",
    "截止",
    "截止日期",
    "締切",
    "期限",
    "bis",
    "jusqu'au",
    "hasta",
    "до",
];

/// A month by name: its number and whether it is one of the Solar Hijri calendar.
pub(super) fn month(word: &str, language: Option<&str>) -> Option<(i8, bool)> {
    static NAMES: LazyLock<HashMap<String, (i8, bool)>> = LazyLock::new(|| {
        let ours = MONTHS.iter().zip(1..).map(|(names, month)| (names, (month, false)));
        let theirs = JALALI_MONTHS
            .iter()
            .zip(1..)
            .map(|(names, month)| (names, (month, true)));
        // The first meaning of a name counts: "listopad" is November but for Croats.
        let all = ours
            .chain(theirs)
            .flat_map(|(names, month)| names.split_ascii_whitespace().map(move |name| (name, month)));
        all.fold(HashMap::new(), |mut map, (name, month)| {
            map.entry(spelling(name)).or_insert(month);
            map
        })
    });
    if let Some(language) = language.and_then(|language| language.get(..2))
        && let Some(month) = NAMES.get(&format!("{word}@{language}"))
    {
        return Some(*month);
    }
    // Hebrew writes "in" before the month as a part of it.
    NAMES.get(word).or_else(|| NAMES.get(word.strip_prefix('ב')?)).copied()
}

/// Whether `word` is a day of the week, or part of its name.
pub(super) fn is_weekday(word: &str) -> bool {
    has(WEEKDAYS, word)
}

/// Whether `word` joins the parts of a date.
pub(super) fn is_joining(word: &str) -> bool {
    has(JOINING, word)
}

/// Whether `word` makes a number an ordinal ("23rd").
pub(super) fn is_ordinal(word: &str) -> bool {
    has("st nd rd th er ere eme e ος η te º ª ого", word)
}

/// Whether `word` may follow a year ("2020 г.", "2020 r.").
pub(super) fn is_year_suffix(word: &str) -> bool {
    has("г год года году р року r roku m пунд ev evi", word)
}

/// Whether `word` marks the half of the day: morning or afternoon.
pub(super) fn meridiem(word: &str) -> Option<bool> {
    match word {
        "am" | "오전" | "午前" | "上午" | "凌晨" | "早上" | "πμ" | "ص" => Some(false),
        "pm" | "오후" | "午後" | "下午" | "晚上" | "中午" | "μμ" | "م" => Some(true),
        _ => None,
    }
}

/// How many days before today a word says.
pub(super) fn days_ago(word: &str) -> Option<i32> {
    const WORDS: [(i32, &str); 4] = [
        (
            0,
            "today 오늘 今天 今日 heute aujourd hui hoy oggi hoje vandaag idag сегодня dzis dzisiaj dnes σημερα bugun сьогодні now \
             방금 방금전 刚刚 剛剛 امروز",
        ),
        (
            1,
            "yesterday 어제 昨天 昨日 gestern hier ayer ieri ontem gisteren igar igaar вчера wczoraj vcera χθες dun вчора دیروز",
        ),
        (
            2,
            "그저께 그제 前天 一昨日 vorgestern avanthier anteayer позавчера przedwczoraj",
        ),
        (3, "그끄저께 大前天"),
    ];
    static KNOWN: LazyLock<HashMap<&str, i32>> = LazyLock::new(|| {
        let words = WORDS.iter();
        words
            .flat_map(|(days, words)| words.split_ascii_whitespace().map(move |word| (word, *days)))
            .collect()
    });
    KNOWN.get(word).copied()
}

/// One of the words that make "a" of "an hour ago".
pub(super) fn is_one(word: &str) -> bool {
    has(
        "a an one eine einem einer ein un une una uno um uma een μια εναν ενα en et bir",
        word,
    )
}

/// What a number with `words` behind it, written together, goes back ("시간전", "小時前").
pub(super) fn east_asian_ago(words: &str) -> Option<Span> {
    let unit = words
        .strip_suffix('전')
        .or_else(|| words.strip_suffix('前'))
        .or_else(|| words.strip_suffix("以前"))?;
    Some(match unit {
        "초" | "秒" => Span::new().seconds(1),
        "분" | "分" | "分钟" | "分鐘" => Span::new().minutes(1),
        "시간" | "時間" | "小时" | "小時" => Span::new().hours(1),
        "일" | "天" | "日" => Span::new().days(1),
        "주" | "주일" | "周" | "週" | "週間" => Span::new().weeks(1),
        "개월" | "달" | "个月" | "個月" | "か月" | "ヶ月" | "カ月" | "ヵ月" | "ケ月" => {
            Span::new().months(1)
        }
        "년" | "年" => Span::new().years(1),
        _ => return None,
    })
}

/// What one of `word` goes back.
pub(super) fn unit(word: &str) -> Option<Span> {
    const UNITS: [(&str, Unit); 7] = [
        (
            "second seconds sec secs s sekunde sekunden seconde secondes segundo segundos secondi secondo seconden секунд \
             секунды секунду sekund δευτερολεπτα saniye sekunder",
            Unit::Second,
        ),
        (
            "minute minutes min mins minuten minuto minutos minuti minuut минут минуты минуту minut minuty λεπτα λεπτο \
             dakika minuter phut menit хвилин",
            Unit::Minute,
        ),
        (
            "hour hours hr hrs h stunde stunden heure heures hora horas ora ore uur час часа часов godzin godziny godzine \
             ωρες ωρα saat timmar timme timer hodin gio jam годин годину",
            Unit::Hour,
        ),
        (
            "day days d tag tage tagen jour jours dia dias giorno giorni dag dagen день дня дней dni dzien ημερες ημερα \
             μερες gun dagar dage dny ngay hari днів zile",
            Unit::Day,
        ),
        (
            "week weeks w woche wochen semaine semaines semana semanas settimana settimane weken неделю недели недель \
             tydzien tygodni tygodnie εβδομαδα εβδομαδες hafta veckor vecka uger tydny tuan minggu",
            Unit::Week,
        ),
        (
            "month months monat monate monaten mois mes meses mese mesi maand maanden месяц месяца месяцев miesiac \
             miesiace miesiecy μηνα μηνες ay manader manad maneder mesice thang bulan",
            Unit::Month,
        ),
        (
            "year years jahr jahre jahren an ans annee annees ano anos anno anni jaar год года лет rok lata lat ετος ετη \
             yil ar let nam tahun",
            Unit::Year,
        ),
    ];
    let (_, unit) = UNITS.iter().find(|(words, _)| has(words, word))?;
    Some(match unit {
        Unit::Year => Span::new().years(1),
        Unit::Month => Span::new().months(1),
        Unit::Week => Span::new().weeks(1),
        Unit::Day => Span::new().days(1),
        Unit::Hour => Span::new().hours(1),
        Unit::Minute => Span::new().minutes(1),
        _ => Span::new().seconds(1),
    })
}

/// Whether `word` behind a span says that it is past.
pub(super) fn is_ago(word: &str) -> bool {
    has(
        "ago geleden fa temu назад тому once sedan siden sitten zpet atras lalu truoc earlier πριν",
        word,
    )
}

/// Whether `word` before a span says that it is past.
pub(super) fn is_before_span(word: &str) -> bool {
    has("vor a hace ha πριν pred acum for fyrir ilya", word)
}

/// The offset of a zone's abbreviation, as RFC 822 and the world of feeds use them.
pub(super) fn zone(word: &str) -> Option<Offset> {
    let hours = match word {
        "z" | "ut" | "utc" | "gmt" | "wet" => 0,
        "at" | "ast" | "edt" => -4,
        "et" | "est" | "cdt" => -5,
        "ct" | "cst" | "mdt" => -6,
        "mt" | "mst" | "pdt" => -7,
        "pt" | "pst" | "akdt" => -8,
        "akst" => -9,
        "hst" => -10,
        "adt" | "brt" | "art" => -3,
        "bst" | "cet" | "met" | "mez" | "ist@ie" | "west" => 1,
        "cest" | "mest" | "mesz" | "eet" | "sast" => 2,
        "eest" | "msk" | "trt" => 3,
        "msd" => 4,
        "ist" => return Offset::from_seconds(19_800).ok(),
        "ict" | "wib" => 7,
        "hkt" | "sgt" | "awst" | "pht" => 8,
        "jst" | "kst" => 9,
        "aest" => 10,
        "aedt" => 11,
        "nzst" => 12,
        "nzdt" => 13,
        _ => return None,
    };
    Offset::from_hours(hours).ok()
}

/// The clock's time, with the half of the day when it was said.
pub(super) fn clock(hour: u64, minute: u64, second: u64, afternoon: Option<bool>) -> Option<Time> {
    let hour = match (afternoon, hour) {
        (Some(false), 12) => 0,
        (Some(true), 1..=11) => hour + 12,
        _ => hour,
    };
    let small = |value: u64| i8::try_from(value).ok();
    // A leap second is written as the one before it.
    let second = if second == 60 { 59 } else { second };
    Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()
}

fn has(words: &str, wanted: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == wanted)
}
