//! The words with which lists, in the languages of boards, name their columns, and authors of pages their classes.
//!
//! Words only tilt a judgement. What stands in a column always weighs more than what it is called.

use std::{collections::HashMap, sync::LazyLock};

/// What a column of a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    /// What the notice is called.
    Title,
    /// When it was published.
    Date,
    /// Another date: of a change, an end, the last answer.
    OtherDate,
    /// Who wrote it.
    Author,
    /// How often it was read.
    Views,
    /// Its number in the list.
    Number,
    /// Its kind.
    Category,
    /// Its files.
    Files,
    /// A short text.
    Summary,
}

/// What the heading of a column, or a label before a value, says.
pub(super) fn of_heading(heading: &str) -> Option<Topic> {
    let heading: String = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '#')
        .collect();
    if heading.is_empty() || heading.chars().count() > 24 {
        return None;
    }
    let is = |words: &str| words.split_ascii_whitespace().any(|word| word == heading);
    HEADINGS
        .iter()
        .find(|(_, words)| is(words))
        .map(|(topic, _)| *topic)
        .or_else(|| {
            // "Date Posted ▲", "등록일(최종)": a part of it that is long enough to mean something.
            let has = |words: &str| {
                words.split_ascii_whitespace().any(|word| {
                    let length = word.chars().count();
                    heading.contains(word) && (if word.is_ascii() { length >= 4 } else { length >= 2 })
                })
            };
            HEADINGS.iter().find(|(_, words)| has(words)).map(|(topic, _)| *topic)
        })
}

/// What one class of an element says: `td_subject`, `regDate`, `view-count`.
pub(super) fn of_class(class: &str) -> Option<Topic> {
    let parts = parts(class);
    let any = |words: &str| parts.iter().any(|part| has(words, part));
    let dated = "date time day post posted comment reply end period";
    if any("updated modified lastmod deadline expires expired expiration")
        || any("last latest end close closing expire update modify mod term") && any(dated)
    {
        return Some(Topic::OtherDate);
    }
    // The last word of a compound says what it is: a "post-title" is a title.
    static KNOWN: LazyLock<HashMap<&str, Topic>> = LazyLock::new(|| {
        let words = CLASSES.iter().rev();
        words
            .flat_map(|(topic, words)| words.split_ascii_whitespace().map(move |word| (word, *topic)))
            .collect()
    });
    parts.iter().rev().find_map(|part| KNOWN.get(part.as_str()).copied())
}

fn has(words: &str, wanted: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == wanted)
}

/// Whether a class, id or tag says that the element is beside the page's matter: menus, footers, paging, popular things.
pub(super) fn is_aside(name: &str) -> bool {
    let parts = parts(name);
    parts.iter().any(|part| {
        ASIDE
            .split_ascii_whitespace()
            .any(|word| word == part || word.len() >= 6 && part.starts_with(word))
            || ["menu", "nav", "navi", "footer", "sidebar"]
                .iter()
                .any(|end| part.ends_with(end))
    })
}

/// Whether a class or id says that the element is the page's matter.
pub(super) fn is_matter(name: &str) -> bool {
    let parts = parts(name);
    parts.iter().any(|part| {
        MATTER
            .split_ascii_whitespace()
            .any(|word| word == part || word.len() >= 5 && part.starts_with(word))
    })
}

/// Whether a class says that the element decorates what it stands in: badges, icons, labels for screen readers, counts.
pub(super) fn is_decoration(class: &str) -> bool {
    let parts = parts(class);
    parts
        .iter()
        .any(|part| DECORATION.split_ascii_whitespace().any(|word| word == part))
}

/// Whether a text, class or picture's name says that a row is kept on top.
pub(super) fn is_pin(text: &str) -> bool {
    let text = text.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    PINS.split_ascii_whitespace().any(|word| word == text)
}

/// Whether a text is a badge: "N", "NEW", "새글", "HOT".
pub(super) fn is_badge(text: &str) -> bool {
    let text: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    text.is_empty() || has(BADGES, &text)
}

/// Whether a class says that a row is kept on top.
pub(super) fn is_pin_class(class: &str) -> bool {
    let parts = parts(class);
    parts.iter().any(|part| {
        [
            "notice",
            "noti",
            "sticky",
            "pinned",
            "pin",
            "top",
            "fixed",
            "gongji",
            "important",
            "announce",
            "notify",
            "istop",
        ]
        .contains(&part.as_str())
    })
}

/// Whether the text of a link says nothing of what it leads to.
pub(super) fn is_generic(text: &str) -> bool {
    let text: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    GENERIC.split_ascii_whitespace().any(|word| word == text)
}

/// A class that makes a narrow column of a grid: "col-lg-3", "span3", "grid-column-one-third".
pub(super) fn is_narrow(class: &str) -> bool {
    // Most classes are told at a glance.
    if !class.ends_with(|c: char| c.is_ascii_digit() || matches!(c, 'd' | 'r' | 'h')) {
        return false;
    }
    let class = class.to_lowercase();
    let thirds = ["one-third", "one-quarter", "one-fourth", "1/3", "1/4"];
    let column = || {
        let bare = class.trim_start_matches(|c: char| c.is_alphabetic());
        let known = ["col", "span", "grid", "large", "medium", "columns"];
        let of_grid = known.iter().any(|name| class.starts_with(name));
        let number: String = bare.chars().rev().take_while(char::is_ascii_digit).collect();
        let sized = bare.trim_end_matches(|c: char| c.is_ascii_digit());
        of_grid
            && matches!(number.as_str(), "2" | "3" | "4")
            && sized.chars().all(|c| c.is_ascii_alphabetic() || "-_".contains(c))
    };
    thirds.iter().any(|third| class.ends_with(third)) || column()
}

/// The heading of a list of notices: "공지사항", "Press releases", "お知らせ".
pub(super) fn names_notices(text: &str) -> bool {
    let text: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(80)
        .collect();
    NOTICES.split_ascii_whitespace().any(|word| text.contains(word))
}

/// The heading of something else: "Popular posts", "Related links", "많이 본 뉴스".
pub(super) fn names_other(text: &str) -> bool {
    let text: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(80)
        .collect();
    OTHERS.split_ascii_whitespace().any(|word| text.contains(word))
}

/// The parts of a name, lower case: `entryTitle`, `entry-title` and `entry_title` are "entry" and "title".
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut was_lower = false;
    let mut fresh = true;
    for c in name.chars().take(80) {
        if !c.is_alphabetic() {
            (fresh, was_lower) = (true, false);
            continue;
        }
        if fresh || was_lower && c.is_uppercase() {
            parts.push(String::new());
        }
        (fresh, was_lower) = (false, c.is_lowercase());
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
    }
    parts
}

const HEADINGS: &[(Topic, &str)] = &[
    (
        Topic::OtherDate,
        "수정일 최종수정일 변경일 기간 접수기간 신청기간 공고기간 게시기간 모집기간 마감 마감일 종료일 접수마감일 행사기간 \
         updated modified lastmodified lastupdated lastpost lastreply lastcomment lastactivity deadline closingdate \
         expires expirydate enddate duedate closes 更新日 更新日時 最終更新 最終更新日 更新時間 更新时间 截止 截止日期 截止时间 \
         有效期 締切 締切日 期限 最后回复 最后发表 最後回覆 letzterbeitrag dernier derniermessage обновлено последнее",
    ),
    (
        Topic::Date,
        "등록일 작성일 게시일 날짜 일자 공고일 등록일자 작성일자 게시일자 등록일시 작성일시 배포일 보도일 보도일자 시행일 고시일 \
         발행일 등록 작성 date dates posted postdate dateposted postedon published publishdate publicationdate datepublished \
         publishedon released releasedate dateofissue issued issuedate created creationdate dateadded added uploaded \
         uploaddate datetime time when day 日期 发布时间 發布時間 发布日期 發布日期 發佈日期 公告日期 公布日期 公佈日期 发文日期 \
         成文日期 时间 時間 日時 掲載日 公開日 投稿日 登録日 発表日 年月日 日付 公示日期 张贴日期 張貼日期 上架日期 datum \
         veröffentlicht erstellt fecha fechadepublicación publicado data datapublicacao datadepublicação pubblicato \
         publicação дата датапубликации опубликовано ημερομηνία tarih tarihi yayıntarihi datepublication publiéle \
         parution opublikowano datapublikacji zveřejněno datumzveřejnění vyvěšeno vyvěšenodne dátum közzététel \
         ngàyđăng ngày วันที่ तारीख तिथि दिनांक التاريخ تاریخ dato publicerad pvm päivämäärä julkaistu data",
    ),
    (
        Topic::Views,
        "조회 조회수 읽음 hit hits views reads read visits pageviews viewcount 点击 点击数 点击量 点击率 點擊 點擊率 浏览 浏览次数 \
         浏览量 瀏覽 瀏覽人次 瀏覽數 點閱 點閱率 點閱次數 人氣 閲覧 閲覧数 アクセス аufrufe zugriffe aufrufe vues vistas visitas \
         visualizzazioni просмотры просмотров просм klikken weergaven odsłony wyświetlenia προβολές okunma görüntüleme \
         görüntülenme lượtxem dibaca dilihat",
    ),
    (
        Topic::Number,
        "번호 순번 연번 no nr num number # 序号 序號 编号 編號 番号 項次 项次 numéro numero número lfdnr номер stt № slno srno sno serialno",
    ),
    (
        Topic::Files,
        "첨부 파일 첨부파일 첨부화일 file files attach attached attachment attachments download downloads document 附件 附檔 添付 添付ファイル 下载 下載 \
         anhang anlage anlagen fichier pièce adjunto adjuntos allegato allegati anexo anexos файл файлы вложения załącznik \
         příloha soubor pdf dokument εκ ekler dosya",
    ),
    (
        Topic::Author,
        "작성자 글쓴이 등록자 담당자 담당부서 부서 부서명 작성부서 등록부서 기관 기관명 발행처 소속 이름 author writer by postedby \
         createdby department dept office agency organization organisation issuedby issuingauthority source 作者 发布者 \
         发布人 发布单位 發布單位 發佈單位 公告單位 单位 單位 部门 部門 来源 來源 发文机关 发布机构 發布者 投稿者 担当 担当課 \
         発信元 所管 作成者 auteur autor autorin verfasser redaktion autore fonte автор источник отдел συγγραφέας yazar \
         birim odbor referat kurum tácgiả",
    ),
    (
        Topic::Category,
        "분류 구분 카테고리 종류 유형 말머리 상태 진행상태 category categories type kind section topic status class 类别 類別 分類 分类 \
         类型 類型 区分 カテゴリ カテゴリー 種別 状態 栏目 ジャンル kategorie rubrik art catégorie rubrique categoría tipo categoria \
         категория рубрика раздел тип κατηγορία kategori kategoria loại",
    ),
    (
        Topic::Summary,
        "내용 요약 summary description abstract content details 内容 內容 摘要 概要 описание beschreibung",
    ),
    (
        Topic::Title,
        "제목 글제목 공고명 사업명 공고제목 고시명 게시글 게시물 안내 자료명 안건 title subject headline name topicthread thread threads \
         topics notice notices event meeting casename case news item article post announcement circular tender particulars 标题 標題 \
         件名 タイトル 主题 主題 名称 名稱 題名 题名 表題 公告标题 公告標題 公告事項 公告名称 文件名 信息标题 文章标题 項目名 題目 题目 \
         тема заголовок название наименование titre intitulé objet titolo oggetto título titulo asunto assunto titel \
         betreff thema überschrift bezeichnung θέμα τίτλος konu başlık baslik tytuł temat nazwa předmět název věc tárgy cím \
         tiêuđề judul หัวข้อ เรื่อง विषय शीर्षक العنوان عنوان rubrik otsikko titlu tittel",
    ),
];

const CLASSES: &[(Topic, &str)] = &[
    (
        Topic::Date,
        "date regdate regdt reg wdate writedate writeday pubdate pubtime published posted datetime time timestamp created day ymd dt datum fecha tarih dte entrydate when wrdate rgstdate createdate",
    ),
    (
        Topic::Views,
        "hit hits views viewcount readcount readcnt inqireco read readnum count cnt hitcount viewcnt inq",
    ),
    (Topic::Number, "num no number seq idx index rownum sn nttno"),
    (
        Topic::Files,
        "file files attach attached attachment attachments atch download fileicon",
    ),
    (
        Topic::Author,
        "author writer write user username nick nickname dept department byline by poster creator organ regname wrt",
    ),
    (
        Topic::Category,
        "cate category categories cat ctg kind type label tag tags part section division status state",
    ),
    (
        Topic::Summary,
        "summary excerpt desc description lead teaser abstract intro content cont con txt text body preview snippet",
    ),
    (
        Topic::Title,
        "title tit subject sbj subj headline ttl heading tlt titl name topictitle entrytitle sj sbjt header nttsj link",
    ),
];

const ASIDE: &str = "nav navi navigation navbar gnb lnb snb menu menus submenu footer header topbar sidebar aside \
    breadcrumb breadcrumbs crumb crumbs location paging pagination pagenavi paginate pager paginator popular trending \
    related ranking rank best banner banners calendar quick quickmenu sitemap login search searchform tagcloud comments share \
    sns social skip cookie widget widgets familysite copyright toolbar recommend recommended sponsor sponsors \
    promo partner partners advert advertisement dropdown facets mostread subscribe slider carousel";

const MATTER: &str = "content contents main board bbs list news notice notices article articles post posts entry entries press \
    primary bulletin announcement announcements result results release releases topic topics threads thread item items records blog view stories";

const DECORATION: &str = "new ico icon icons badge blind sr only hidden hide skip comment comments cmt reply replies re count cnt num \
    noti lock secret file files attach hot screen reader visually invisible offscreen readonly sound a11y glyphicon fa fas far \
    material label lbl flag state status cate category cat ctg stycategory tag ribbon mark head prefix understate bullet";

const PINS: &str = "공지 공지사항 중요 필독 알림 고정 notice notices sticky pinned pin important announcement top fixed featured 置顶 置頂 重要 公告 \
    お知らせ 固定 固定表示 トップ wichtig angepinnt важно закреплено закреплена épinglé important annonce importante fijado fixado σημαντικό \
    duyuru ghim quan trọng 공지글 일반공지 전체공지 상단공지 notification 必読";

const BADGES: &str = "n new 새글 새로운글 신규 hot up update updated 업데이트 첨부 첨부파일 파일 비밀글 잠금 new! 最新 热 熱 荐 图 精 顶 頂 置顶 置頂 新着 nouveau neu nuevo \
    nuovo novo новое новый pdf hwp 인기글 인기 답변 re 공지 notice sticky pinned";

const GENERIC: &str = "more readmore read view viewdetails viewmore details detail download downloads pdf here clickhere click link open \
    doc docx hwp file agenda minutes packet video audio watch listen webpage continuereading continue fullstory learnmore seemore \
    더보기 자세히 자세히보기 바로가기 다운로드 상세보기 상세 보기 첨부 첨부파일 원문 미리보기 続きを読む 詳細 詳細はこちら もっと見る 詳しくはこちら 查看 详情 \
    详细 更多 阅读更多 下载 閱讀更多 詳情 下載 mehr weiterlesen mehrlesen lesen download mehrerfahren liresuite lirelasuite suite ensavoirplus \
    leermás leermas vermás leggi leggitutto continua saibamais leiamais lermais подробнее далее читать читатьдалее скачать περισσότερα \
    διαβάστεπερισσότερα devamı devaminioku detay więcej czytajwięcej více číst lasmeer läsmer xemthêm chitiết";

const NOTICES: &str = "공지 알림 새소식 소식 뉴스 보도자료 고시 공고 게시판 입찰 채용 자료실 notice news announcement press release bulletin circular \
    tender updates latest recent whatsnew what'snew blog お知らせ 新着 ニュース トピックス 報道発表 プレスリリース 公示 通知 公告 新闻 新聞 \
    动态 消息 公報 公报 最新 資訊 aktuell nachricht mitteilung meldung bekanntmachung actualit communiqu noticias avisos comunicado \
    notizie avvisi novità notícias новости объявления пресс-релиз новини νέα ανακοιν δελτία duyuru haber aktualn ogłosze komunikat oznámení \
    deska aktuality hír nyheter uutis tin tức thông báo pengumuman berita ข่าว ประกาศ समाचार सूचना أخبار الأخبار اخبار opinions decisions meetings";

const OTHERS: &str = "popular trending mostread mostviewed related recommended youmayalso seealso topstories archives archive categories \
    tags comments recentcomments followus quicklinks usefullinks links 인기 많이본 많이읽은 베스트 관련 추천 바로가기 최근댓글 댓글 태그 관련사이트 \
    人気 ランキング 関連 アーカイブ カテゴリ リンク 热门 熱門 排行 相关 相關 推荐 推薦 链接 連結 友情链接 beliebt meistgelesen verwandt \
    populaires articlesliés másleído máspopular relacionados популярн читайтетакже похожие архив";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_name_their_columns() {
        for (heading, topic) in [
            ("제목", Some(Topic::Title)),
            ("등록일", Some(Topic::Date)),
            ("Date Posted ▲", Some(Topic::Date)),
            ("Last Updated", Some(Topic::OtherDate)),
            ("조회수", Some(Topic::Views)),
            ("發布日期", Some(Topic::Date)),
            ("件名", Some(Topic::Title)),
            ("No.", Some(Topic::Number)),
            ("담당부서", Some(Topic::Author)),
            ("첨부", Some(Topic::Files)),
            ("Foo", None),
            ("", None),
        ] {
            assert_eq!(of_heading(heading), topic, "{heading}");
        }
    }

    #[test]
    fn classes_name_what_they_hold() {
        for (class, topic) in [
            ("td_subject", Some(Topic::Title)),
            ("entryTitle", Some(Topic::Title)),
            ("regDate", Some(Topic::Date)),
            ("last-post-date", Some(Topic::OtherDate)),
            ("views-field-title", Some(Topic::Title)),
            ("entry-date published updated", Some(Topic::OtherDate)),
            ("hit", Some(Topic::Views)),
            ("col-md-3", None),
        ] {
            assert_eq!(of_class(class), topic, "{class}");
        }
        assert!(is_aside("gnb_wrap") && is_aside("pagination") && is_aside("leftMenu") && !is_aside("bbsList"));
        assert!(is_decoration("sr-only") && is_decoration("icoNew") && !is_decoration("subject"));
        assert!(is_pin(" [공지] ") && is_pin("Sticky:") && !is_pin("1234"));
        assert!(is_generic("Read more...") && !is_generic("Road closed"));
    }
}
