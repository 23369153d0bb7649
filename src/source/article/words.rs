//! The words of notice pages in one place: what labels say, what buttons say, what class names say.
//!
//! Labels are compared in lower case, without white space and marks, so that "제 목 :" is "제목".

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// The title.
    Title,
    /// The day of publication, told without doubt.
    Published,
    /// A date, perhaps that of publication.
    Date,
    /// The last change.
    Updated,
    /// How often it was read.
    Views,
    /// A person.
    Author,
    /// A department, or where the text comes from.
    Department,
    /// Files.
    Files,
    /// The text.
    Content,
    /// Something else: a number, a period, a telephone.
    Other,
}

/// What `text` names, when it is a label and nothing else.
pub(super) fn label(text: &str) -> Option<Label> {
    static KNOWN: LazyLock<HashMap<String, Label>> = LazyLock::new(|| {
        let all = LABELS.iter().rev().flat_map(|(label, words)| {
            let words = words.split_ascii_whitespace().filter_map(squeezed);
            words.map(move |word| (word, *label))
        });
        all.collect()
    });
    let label = KNOWN.get(&squeezed(text)?).copied()?;
    // Files are counted in their label; any other number is a value already.
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    (digits == 0 || label == Label::Files && digits <= 3).then_some(label)
}

/// What the label that `text` begins with names, and what follows its colon: "제 목 : 단수 안내".
pub(super) fn labelled(text: &str) -> Option<(Label, &str)> {
    let (before, after) = text.split_once([':', '：'])?;
    Some((label(before)?, after.trim()))
}

/// `text` as the words below are written; `None` when it is too long or empty.
fn squeezed(text: &str) -> Option<String> {
    let mut bare = String::new();
    for c in text.chars().take(80) {
        if c.is_alphabetic() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}') {
            bare.extend(c.to_lowercase());
        }
    }
    let bare = bare.trim_matches(['\'', '’']).to_owned();
    (text.len() <= 240 && text.chars().count() <= 60 && !bare.is_empty()).then_some(bare)
}

const LABELS: &[(Label, &str)] = &[
    (
        Label::Title,
        "제목 글제목 공고명 게시물제목 title noticetitle tendertitle newstitle documenttitle nameofwork subject heading headline 标题 標題 主题 主旨 公告标题 公告標題 件名 題名 表題 標題 タイトル titre objet \
         betreff titel título titulo asunto oggetto titolo тема заголовок название θέμα τίτλος konu başlık onderwerp temat \
         tytuł tiêuđề judul název předmět العنوان الموضوع כותרת נושא หัวข้อ เรื่อง शीर्षक विषय",
    ),
    (
        Label::Published,
        "등록일 등록일자 등록일시 등록날짜 등록시간 작성일 작성일자 작성일시 작성날짜 작성시간 게시일 게시일자 게시일시 게재일 게재일자 공고일 공고일자 \
         공시일 고시일 고시일자 배포일 배포일자 배포일시 보도일 보도일자 발표일 발행일 발행일자 입력일 입력일시 posted postedon postdate posteddate dateofpublishing publishingdate \
         dateposted published publishedon publicationdate publishdate publisheddate datepublished dateofpublication \
         issued issuedate dateissued issuedon dateofissue releasedate released dateofrelease registrationdate regdate \
         dateregistered registered createdon datecreated writtenon 发布日期 發布日期 發佈日期 发布时间 發布時間 發佈時間 发布于 發布於 \
         公告日期 公告时间 張貼日期 张贴日期 刊登日期 上版日期 上架日期 发文日期 發文日期 成文日期 信息发布时间 公布日期 公开日期 公開日期 生成日期 \
         发表时间 發表日期 添加时间 上传时间 录入时间 公開日 掲載日 登録日 投稿日 公表日 発表日 掲載日時 作成日 veröffentlicht veröffentlichtam \
         veröffentlichungsdatum erstelltam publiéle datedepublication misenligne misenlignele fechadepublicación \
         fechapublicación publicado publicadoel publicadoem datadepublicação datapubblicazione datadipubblicazione \
         pubblicatoil pubblicato датапубликации опубликовано размещено ημερομηνίαδημοσίευσης δημοσιεύτηκε δημοσίευση \
         yayıntarihi yayınlanmatarihi ngàyđăng datapublikacji opublikowano gepubliceerdop zveřejněno \
         تاريخالنشر تاريخالإعلان نشرفي تاریخانتشار תאריךפרסום פורסםבתאריך วันที่ประกาศ วันที่เผยแพร่ วันที่ลงประกาศ ประกาศวันที่ ประกาศเมื่อ \
         प्रकाशनतिथि प्रकाशिततिथि ngàypháthành ngàybanhành julkaistu publicerad publiceret publisert",
    ),
    (
        Label::Date,
        "날짜 일자 일시 등록 작성 게시 입력 date dates dateandtime day time when created 日期 时间 時間 日付 日時 datum stand date \
         fecha data дата ημερομηνία tarih ngày tanggal dátum التاريخ تاريخ תאריך วันที่ दिनांक तिथि",
    ),
    (
        Label::Updated,
        "수정일 수정일자 수정일시 최종수정일 최종수정일자 최종수정 변경일 변경일자 갱신일 updated updatedon lastupdated lastupdatedon lastupdate \
         lastmodified lastmodifiedon modified modifiedon datemodified dateupdated reviewed lastreviewed revised 更新日期 更新时间 \
         更新時間 最后更新 最後更新 最後更新日期 修改日期 修改时间 異動日期 更新日 最終更新日 更新日時 aktualisiert aktualisiertam \
         miseàjour misàjourle dernièremiseàjour actualizado actualización atualizadoem atualizado aggiornato aggiornatoil \
         ultimoaggiornamento обновлено изменено ενημέρωση τελευταίαενημέρωση güncelleme aktualizacja",
    ),
    (
        Label::Views,
        "조회 조회수 조회건수 조회횟수 읽음 읽은수 hit hits view views viewcount viewed read reads readcount readby visits 浏览 浏览量 浏览次数 \
         浏览数 瀏覽次數 瀏覽人次 瀏覽數 瀏覽人數 阅读 阅读次数 阅读量 閱讀次數 点击 点击数 点击量 点击次数 點擊 點擊數 點擊次數 點閱 點閱數 點閱次數 點閱人次 點閱人數 \
         人氣 人气 访问次数 訪問人次 閲覧数 閲覧回数 アクセス数 アクセス vues lectures aufrufe zugriffe visitas vistas leituras \
         visualizações visualizaciones visualizzazioni letture просмотров просмотры προβολές okunma okunmasayısı lượtxem \
         dilihat wyświetleń odsłon weergaven visto عددالمشاهدات المشاهدات عددالزيارات מספרצפיות צפיות จำนวนผู้เข้าชม จำนวนผู้ชม \
         ผู้เข้าชม จำนวนการเข้าชม เข้าชม จำนวนครั้งที่อ่าน देखेगए",
    ),
    (
        Label::Author,
        "작성자 글쓴이 등록자 게시자 작성인 성명 이름 기자 작성자명 author authors writer writtenby postedby publishedby createdby name by \
         submittedby 作者 发布者 發布者 发布人 發布人 張貼人 张贴人 刊登者 公告人 編輯 编辑 责任编辑 投稿者 作成者 執筆者 掲載者 autor autora auteur \
         verfasser autore автор συντάκτης yazar penulis tácgiả ngườiđăng auteurs escritopor publicadopor scrittoda écritpar geschriebenvon الكاتب الناشر מאת ผู้ประกาศ \
         ผู้เขียน ผู้ลงประกาศ लेखक",
    ),
    (
        Label::Department,
        "from 부서 담당부서 작성부서 등록부서 게시부서 주관부서 소관부서 관리부서 제공부서 공고부서 부서명 담당부서명 담당과 담당 담당자 담당기관 기관 기관명 발행기관 출처 \
         소속 등록기관 공고기관 department dept division office agency organisation organization responsibledepartment issuedby \
         contactdepartment source sponsor publisher 来源 來源 信息来源 文章来源 发布单位 發布單位 發佈單位 发布机构 發布機關 發布部門 发布部门 公告單位 \
         公告单位 張貼單位 张贴单位 刊登單位 单位 單位 部门 部門 发文单位 發文單位 发文机关 发文机构 发布机关 供稿单位 供稿 承办单位 主办单位 資料來源 提供單位 業務單位 \
         担当課 担当部署 担当部局 担当 部署 部局 発信元 発信者 発信課 所属 所管課 お問い合わせ先 abteilung dienststelle herausgeber \
         service département departamento órgano organismo secretaría ufficio отдел источник υπηρεσία τμήμα birim",
    ),
    (
        Label::Files,
        "첨부 첨부파일 첨부화일 파일 파일첨부 첨부문서 첨부자료 붙임 붙임파일 붙임문서 첨부파일목록 첨부파일다운로드 관련파일 다운로드 attach attached attachment \
         attachments attachedfile attachedfiles attachedfileslist attachfile attachfiles file files fileattachment \
         fileattachments filedownload filedownloads download downloads relateddocuments relatedfiles supportingdocuments \
         documents 附件 附件下载 附件下載 附件列表 相关附件 相關附件 附加檔案 附加文件 附檔 相關檔案 檔案 檔案下載 檔案附件 下載 下载 下載專區 下载专区 文件下载 \
         文件下載 下載檔案 相關文件 附件文件 添付 添付ファイル 添付資料 添付文書 添付書類 ダウンロード 関連ファイル 関連資料 pdfファイル anhang anhänge \
         anlage anlagen dateien dokumente piècejointe piècesjointes pièceàtélécharger fichiers fichier \
         téléchargement téléchargements documentsàtélécharger documentsjoints adjunto adjuntos archivosadjuntos \
         archivoadjunto archivos descargas anexo anexos ficheiros arquivos allegato allegati вложения вложение файлы файл \
         прикрепленныефайлы приложения документы συνημμένα συνημμένααρχεία συνημμένο αρχεία ekler ek dosyalar tệpđínhkèm fileđínhkèm filedinhkem tậptinđínhkèm tàiliệuđínhkèm المرفقات المرفق ملفاتمرفقة الملفاتالمرفقة קבציםמצורפים קובץמצורף \
         เอกสารแนบ ไฟล์แนบ ไฟล์เอกสารแนบ เอกสารประกอบ संलग्नक अनुलग्नक прикреплённыефайлы прикрепленныедокументы \
         lampiran bijlage bijlagen załączniki załącznik přílohy příloha",
    ),
    (
        Label::Content,
        "내용 본문 상세내용 글내용 게시글내용 게시물내용 공고내용 content contents body text details description message 内容 內容 正文 \
         详细内容 公告内容 公告內容 詳細內容 本文 詳細 inhalt contenu contenido conteúdo contenuto содержание περιεχόμενο içerik nộidung",
    ),
    (
        Label::Other,
        "번호 글번호 게시번호 등록번호 공고번호 분류 구분 카테고리 유형 전화 전화번호 연락처 이메일 메일 홈페이지 기간 공고기간 게시기간 접수기간 신청기간 모집기간 \
         진행상태 상태 추천 추천수 댓글 댓글수 링크 비고 마감일 공개여부 no number id category type tel telephone phone fax email \
         period status link deadline duedate expires closingdate tags keywords keyword 分类 分類 类别 類別 索引号 文号 主题词 字体 \
         字號 字体大小 有效日期 截止日期 截止时间 关键词 關鍵字 編號 编号 カテゴリ カテゴリー 締切 期限 kategorie catégorie categoría categoria \
         категория κατηγορία kategori",
    ),
];

/// Whether a text is the way from the site's first page to this one: "HOME > News > Notices".
pub(super) fn leads_home(text: &str) -> bool {
    const BEGINNINGS: [&str; 22] = [
        "home",
        "홈",
        "메인",
        "현재위치",
        "현재 위치",
        "처음으로",
        "首页",
        "首頁",
        "当前位置",
        "您现在的位置",
        "你的位置",
        "您的位置",
        "您所在的位置",
        "現在位置",
        "目前位置",
        "ホーム",
        "トップ",
        "トップページ",
        "you are here",
        "location",
        "startseite",
        "accueil",
    ];
    let lower = text.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
        && text.contains(['>', '›', '»', '＞', '→', '≫', '▶'])
}

/// Whether a text is the name of a section and says nothing of one notice: "공지사항", "Press releases".
pub(super) fn names_section(text: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| SECTIONS.split_ascii_whitespace().collect());
    let Some(bare) = squeezed(text).filter(|bare| bare.len() <= 60) else {
        return false;
    };
    let is_short = bare.chars().count() <= 8;
    let ends = |words: &str| words.split_ascii_whitespace().any(|word| bare.ends_with(word));
    KNOWN.contains(bare.as_str()) || is_short && ends(SECTION_ENDINGS)
}

const SECTIONS: &str = "공지 공지사항 공고 고시 고시공고 고시공고안내 입찰공고 채용공고 채용정보 알림 알림마당 알림사항 알림판 새소식 보도자료 언론보도 소식지 자료실 게시판 \
    일반공지 학사공지 장학공지 행사안내 참여마당 열린마당 정보마당 sitenews notice notices noticeboard noticesboard news newsroom latestnews announcement \
    announcements publicnotice publicnotices legalnotices tender tenders vacancies careers circulars circular events newsevents newsandevents \
    newsnotices newsandnotices pressrelease pressreleases mediareleases media publications updates whatsnew bulletinboard \
    通知 公告 通知公告 公告通知 公示公告 通知公示 公告信息 公告資訊 最新消息 最新公告 新闻 新闻中心 新闻动态 新聞 新聞稿 消息公告 政务公开 工作动态 信息公开 \
    お知らせ お知らせ一覧 新着情報 新着 ニュース 報道発表 報道発表資料 トピックス 募集情報 入札情報 \
    aktuelles bekanntmachungen amtlichebekanntmachungen öffentlichebekanntmachungen nachrichten pressemitteilungen meldungen \
    actualités actualites avis annonces communiqués communiquésdepresse noticias anuncios avisos tablón tablóndeanuncios tablondeanuncios novedades \
    convocatorias comunicados notícias editais licitações avvisi notizie bandi comunicati albopretorio новости объявления анонсы прессрелизы \
    новини оголошення документы ανακοινώσεις νέα δελτίατύπου duyurular haberler duyuru ihaleler thôngbáo tintức tinnhanh thôngcáobáochí \
    ประกาศ ข่าว ข่าวประชาสัมพันธ์ ข่าวประกาศ ประกาศข่าว pengumuman berita ogłoszenia aktualności komunikaty aktuality oznámení úřednídeska \
    الأخبار أخبار إعلانات الإعلانات اخبار اطلاعیه اطلاعیهها הודעות חדשות mededelingen nieuws bekendmakingen nyheter meddelanden सूचना सूचनाएं";

const SECTION_ENDINGS: &str =
    "소식 공지 공고 알림 마당 게시판 자료실 보도자료 公告 通知 新闻 新聞 动态 消息 資訊 公示 お知らせ 新着情報";

/// What stands behind a notice and is none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The neighbours, the way back to the list, comments, rights: nothing of the notice comes after it.
    Last,
    /// Share, print, close: the notice may go on.
    Between,
}

/// What a short text on a button, link or heading says of the notice's end.
pub(super) fn ending(text: &str) -> Option<Ending> {
    let bare = squeezed(text)?;
    let is = |words: &str| words.split_ascii_whitespace().any(|word| word == bare);
    let begins = |words: &str| words.split_ascii_whitespace().any(|word| bare.starts_with(word));
    if is(LAST) || begins(LAST_BEGINNINGS) || begins(HELP) {
        Some(Ending::Last)
    } else if is(BETWEEN) || begins(BETWEEN_BEGINNINGS) {
        Some(Ending::Between)
    } else {
        None
    }
}

/// Whether a text that ends a notice can be nothing else, wherever it stands.
pub(super) fn ends_for_sure(text: &str) -> bool {
    let beginnings = || {
        LAST_BEGINNINGS
            .split_ascii_whitespace()
            .chain(HELP.split_ascii_whitespace())
    };
    squeezed(text).is_some_and(|bare| beginnings().any(|word| bare.starts_with(word)))
}

/// Whether a text speaks of rights, help and satisfaction: whatever is of the notice stands before it.
pub(super) fn helps(text: &str) -> bool {
    squeezed(text).is_some_and(|bare| HELP.split_ascii_whitespace().any(|word| bare.starts_with(word)))
}

const HELP: &str = "pdfファイルをご覧 ご覧いただくには adobereader acrobatreader pdf파일을보시려면 pdf뷰어 문서뷰어 copyright allrightsreserved 공공누리 본저작물은 이페이지에서제공하는정보 현재페이지의만족도 현재페이지에서제공 이페이지에대한 \
    콘텐츠만족도 페이지만족도 해당페이지의 wasthispagehelpful didyoufind howsatisfied areyousatisfied needhelpviewing needhelpopening \
    このページは役に立ち このページの情報 よりよいウェブ この情報は";

const LAST: &str = "이전글 다음글 이전 다음 이전글보기 다음글보기 이전게시물 다음게시물 윗글 아랫글 목록 목록보기 목록으로 목록으로가기 목록가기 리스트 전체목록 글목록 \
    댓글 댓글쓰기 댓글목록 의견 의견쓰기 한줄의견 만족도조사 만족도평가 만족도 관련기사 관련글 관련게시물 저작권정책 저작권안내 수정 삭제 답변 \
    previous next prev prevnext previouspost nextpost previouspage previousnews nextnews previousnotice nextnotice olderpost newerpost \
    list golist gotolist backtolist backtothelist returntolist viewlist listview back goback backtonews backtotop comments \
    leaveacomment leaveareply addacomment postnavigation relatedposts relatednews relatedarticles youmayalsolike \
    上一篇 下一篇 上一条 下一条 上一則 下一則 上一筆 下一筆 上一頁 下一頁 上一页 下一页 前一篇 后一篇 上篇 下篇 返回 返回列表 返回上頁 回上頁 回上一頁 回列表 列表 \
    回到列表 回首頁 返回上一頁 返回上一页 返回上级 相关新闻 相关信息 相关阅读 相關新聞 相关文章 相關文章 相關連結 评论 評論 发表评论 我要评论 网友评论 前の記事 \
    次の記事 前へ 次へ 前のページ 次のページ 前の記事へ 次の記事へ 一覧へ 一覧に戻る 一覧へ戻る 一覧 戻る 前のページへ戻る 前のページへ ページの先頭へ \
    ページトップへ このページの先頭へ 関連記事 関連リンク コメント zurück weiter vorherige nächste zurzurück übersicht zurübersicht kommentare \
    précédent suivant retour retouràlaliste commentaires anterior siguiente volver volveralistado volveralalista próximo voltar \
    comentarios comentários precedente successivo tornaallalista indietro commenti назад вперед кспискуновостей предыдущая \
    следующая комментарии προηγούμενο επόμενο επιστροφή σχόλια önceki sonraki geri yorumlar";

const LAST_BEGINNINGS: &str = "relatedevents relatednews relatedposts relatedarticles relatedlinks relatedcontent relatedpages morenews moreevents \
    moreposts latestnews latestposts recentnews recentposts upcomingevents 관련소식 관련뉴스 최근게시물 인기게시물 이전글 다음글 backtolist \
    上一篇 下一篇 上一条 下一条 上一則 下一則 このページに関するお問い合わせ お問い合わせ先 このページについて この記事に関する \
    前の記事 次の記事";

const BETWEEN: &str = "인쇄 인쇄하기 프린트 공유 공유하기 스크랩 글자크게 글자작게 url복사 페이스북 트위터 카카오톡 카카오스토리 네이버블로그 밴드 추천 추천하기 좋아요 \
    print share shareon sharethis sharethispage tweet email like facebook twitter linkedin close copyurl copylink 打印 打印本页 打印此页 我要打印 \
    关闭 关闭窗口 關閉 關閉視窗 分享 分享到 列印 友善列印 轉寄 轉寄友人 收藏 字体 大中小 字级 字級 シェア ツイート 印刷 印刷する 閉じる drucken teilen \
    imprimer partager imprimir compartir compartilhar stampa condividi печать поделиться εκτύπωση κοινοποίηση yazdır paylaş";

const BETWEEN_BEGINNINGS: &str = "shareon shareto sharethis 分享到 分享至";

/// Whether a link's text offers to look at a file, or to take all files at once, and not a file.
pub(super) fn offers_a_view(text: &str) -> bool {
    let Some(bare) = squeezed(text) else { return false };
    let is = |words: &str| words.split_ascii_whitespace().any(|word| bare.contains(word));
    bare.chars().count() <= 40
        && is(
            "미리보기 바로보기 바로듣기 뷰어 문서뷰어 첨부파일전체 전체압축 압축다운 전체다운로드 일괄다운로드 전체다운 모두다운 전체받기 모두저장 전체저장 일괄저장 preview viewer quickview \
              downloadall alldownload 预览 預覽 在线阅读 線上瀏覽 全部下载 全部下載 打包下载 プレビュー",
        )
}

/// Whether a text says no more than that there is a file to be had.
pub(super) fn says_only_file(text: &str) -> bool {
    let Some(bare) = squeezed(text) else { return true };
    const GENERIC: &str = "다운로드 내려받기 다운 받기 저장 파일 첨부 첨부파일 첨부파일다운로드 파일다운로드 새창 새창으로열림 새창으로이동 새창열림 새창에서열림 download \
        downloads downloadfile filedownload file files attachment attachments attachedfile opensinnewwindow newwindow open icon clickhere here \
        pdf hwp hwpx doc docx xls xlsx ppt pptx zip jpg png odt ods csv kb mb 下载 下載 下载附件 下載附件 下載檔案 檔案下載 点击下载 點擊下載 附件 另開新視窗 \
        另開視窗 開新視窗 ダウンロード 添付ファイル 添付 新しいウィンドウで開く télécharger descargar baixar scarica herunterladen скачать λήψη indir no";
    label(text).is_some_and(|label| label == Label::Files) || GENERIC.split_ascii_whitespace().any(|word| word == bare)
}

/// `name` without what links say beside the file's name: "공고문.hwp 다운로드 (새 창)".
pub(super) fn without_offer(name: &str) -> &str {
    const BEHIND: [&str; 15] = [
        "첨부파일 다운로드",
        "파일 다운로드",
        "다운로드",
        "내려받기",
        "새창으로 열림",
        "새창",
        "(새창)",
        "(새창열림)",
        "download",
        "Download",
        "下載",
        "下载",
        "(另開新視窗)",
        "(new window)",
        "ダウンロード",
    ];
    const BEFORE: [&str; 9] = [
        "下載檔案：",
        "下載檔案:",
        "下载：",
        "Download:",
        "Download file:",
        "파일 다운로드 :",
        "첨부파일 :",
        "첨부파일:",
        "附件：",
    ];
    let mut name = name.trim();
    for before in BEFORE {
        name = name.strip_prefix(before).map_or(name, str::trim_start);
    }
    while let Some(shorter) = BEHIND
        .iter()
        .find_map(|word| name.strip_suffix(word))
        .filter(|shorter| !shorter.trim().is_empty())
    {
        name = shorter.trim_end_matches([' ', '-', '|', ',']);
    }
    name
}

/// Words of class names and ids: what is around every page of a site.
pub(super) const AROUND: &[&str] = &[
    "gnb",
    "lnb",
    "snb",
    "nav",
    "navi",
    "navigation",
    "navbar",
    "menu",
    "menus",
    "submenu",
    "topmenu",
    "leftmenu",
    "topnav",
    "sitemap",
    "breadcrumb",
    "breadcrumbs",
    "crumb",
    "crumbs",
    "footer",
    "foot",
    "ftr",
    "copyright",
    "sidebar",
    "skip",
    "skipnav",
    "skips",
    "banner",
    "popup",
    "modal",
    "cookie",
    "cookies",
    "quick",
    "quickmenu",
    "familysite",
    "login",
    "masthead",
    "offcanvas",
    "megamenu",
    "searchbox",
    "newsletter",
    "locator",
    "ticker",
];

/// Words of class names and ids: what stands in or behind a notice and is none of it.
pub(super) const BESIDE: &[&str] = &[
    "share",
    "sharing",
    "sns",
    "social",
    "bdshare",
    "addthis",
    "addtoany",
    "sharedaddy",
    "comment",
    "comments",
    "reply",
    "replies",
    "respond",
    "disqus",
    "related",
    "relnews",
    "recommend",
    "prev",
    "next",
    "prevnext",
    "pagenavi",
    "paging",
    "pagination",
    "pager",
    "satisfaction",
    "satisfy",
    "survey",
    "kogl",
    "ccl",
    "opentype",
    "nuri",
    "toolbar",
    "tags",
    "tagcloud",
    "bookmark",
    "rating",
    "vote",
    "subscribe",
    "advert",
    "advertisement",
    "ads",
];

/// Words of class names and ids: a button, which may lead to more of the notice or away from it.
pub(super) const BUTTON: &[&str] = &["btn", "btns", "button", "buttons"];

/// Words of class names and ids: the text itself.
pub(super) const TEXT: &[&str] = &[
    "content",
    "contents",
    "cont",
    "con",
    "conts",
    "article",
    "articlebody",
    "articlecontent",
    "body",
    "txt",
    "text",
    "editor",
    "entry",
    "post",
    "detail",
    "details",
    "view",
    "viewcont",
    "viewcontent",
    "ntt",
    "nttcn",
    "conbox",
    "wysiwyg",
    "ckeditor",
    "substance",
    "memo",
    "story",
    "prose",
    "richtext",
    "news",
    "zoom",
    "context",
    "cn",
    "page",
];

/// Words of class names and ids: the title.
pub(super) const TITLE: &[&str] = &[
    "title",
    "tit",
    "subject",
    "subj",
    "sbj",
    "headline",
    "ttl",
    "titles",
    "viewtitle",
    "heading",
    "head",
    "caption",
];

/// Words of class names and ids: files.
pub(super) const FILES: &[&str] = &[
    "file",
    "files",
    "filelist",
    "attach",
    "attached",
    "attachment",
    "attachments",
    "attachlist",
    "atch",
    "atchfile",
    "attachfile",
    "filebox",
    "filedown",
    "addfile",
    "appendix",
    "download",
    "downloads",
    "downloadsection",
    "fj",
    "fujian",
    "annex",
    "enclosure",
    "filearea",
    "viewfile",
    "bodyfile",
    "document",
    "documents",
];

/// Words of class names and ids: when it was published.
pub(super) const DATE: &[&str] = &[
    "date",
    "regdate",
    "pubdate",
    "writedate",
    "published",
    "datetime",
    "wdate",
    "day",
    "time",
    "posted",
    "submitted",
    "postdate",
    "regdt",
    "ymd",
];

/// Words of class names and ids: how often it was read.
pub(super) const VIEWS: &[&str] = &[
    "hit",
    "hits",
    "views",
    "viewcount",
    "readcount",
    "count",
    "cnt",
    "inqire",
    "inqireco",
    "viewcnt",
    "readnum",
    "eye",
    "readcnt",
    "hitcount",
    "readed",
    "read",
];

/// Words of class names and ids: who wrote it.
pub(super) const AUTHOR: &[&str] = &[
    "author",
    "writer",
    "byline",
    "wname",
    "dept",
    "department",
    "regname",
    "username",
    "nickname",
    "nick",
];

/// Class names of the section or kind of a notice.
pub(super) const CATEGORY: &[&str] = &["cate", "category", "ctg", "cat"];

/// The words of a class name or id: "boView_file-list2" is bo, view, file, list.
pub(super) fn marks(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars().take(200).chain([' ']) {
        let breaks = !c.is_ascii_alphabetic() || c.is_ascii_uppercase() && lower_before;
        if breaks && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphabetic() {
            word.push(c.to_ascii_lowercase());
        }
        lower_before = c.is_ascii_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_known_in_many_languages_and_spellings() {
        for (text, expected) in [
            ("제 목", Some(Label::Title)),
            ("작성일 :", Some(Label::Published)),
            ("【发布时间：", Some(Label::Published)),
            ("Attached File", Some(Label::Files)),
            ("첨부파일 (2)", Some(Label::Files)),
            ("添付ファイル", Some(Label::Files)),
            ("Pièces jointes", Some(Label::Files)),
            ("조회수", Some(Label::Views)),
            ("Date", Some(Label::Date)),
            ("조회 51", None),
            ("Water off on Monday", None),
            ("", None),
        ] {
            assert_eq!(label(text), expected, "{text}");
        }
        assert_eq!(
            labelled("제 목 : 단수 안내: 1구역"),
            Some((Label::Title, "단수 안내: 1구역"))
        );
    }

    #[test]
    fn buttons_say_where_the_notice_ends() {
        assert_eq!(ending("목록으로 가기"), Some(Ending::Last));
        assert_eq!(ending("« Previous"), Some(Ending::Last));
        assert_eq!(ending("下一条："), Some(Ending::Last));
        assert_eq!(ending("Print"), Some(Ending::Between));
        assert_eq!(ending("The list of winners"), None);
    }

    #[test]
    fn class_names_are_words() {
        assert_eq!(marks("boView_file-list2"), ["bo", "view", "file", "list"]);
        assert_eq!(marks("view_cont"), ["view", "cont"]);
    }

    #[test]
    fn a_file_name_loses_the_offer_to_take_it() {
        assert_eq!(without_offer("공고문.hwp 첨부파일 다운로드"), "공고문.hwp");
        assert_eq!(without_offer("下載檔案：公告.pdf"), "公告.pdf");
        assert_eq!(without_offer("다운로드"), "다운로드");
    }
}
