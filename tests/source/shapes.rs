//! One small page for each shape of list that official boards come in: a promise each.

use crate::detect::check;

#[test]
fn a_period_of_application_is_not_the_day_of_posting() {
    check(
        "shape-period-and-posted",
        7,
        "2020-11-24 | 2020년도 제3차 기간제근로자 채용 공고 | /board/list.do?idx=4821",
        "2020-09-28 | 개별공시지가 이의신청 안내 | /board/list.do?idx=4779",
    );
}

#[test]
fn a_link_around_a_whole_row_is_not_its_title() {
    check(
        "shape-link-around-row",
        7,
        "2020-11-24 | 2020년도 제3차 기간제근로자 채용 공고 | /board/view?no=4821",
        "2020-09-28 | 개별공시지가 이의신청 안내 | /board/view?no=4779",
    );
}

#[test]
fn dates_of_an_era_stand_in_terms() {
    check(
        "shape-terms-and-descriptions",
        6,
        "2020-11-24 | 令和2年度職員採用試験の実施について | /soshiki/4821.html",
        "2020-10-15 | 図書館の臨時休館について | /soshiki/4786.html",
    );
}

#[test]
fn years_of_the_republic_are_ours() {
    check(
        "shape-minguo-table",
        6,
        "2020-11-24 | 关于开展2020年度安全生产检查的通知 | /board/News_Content.aspx?n=9&s=4821",
        "2020-10-15 | 关于组织申报科技项目的通知 | /board/News_Content.aspx?n=9&s=4786",
    );
}

#[test]
fn thai_months_are_abbreviated() {
    check(
        "shape-thai-months",
        5,
        "2020-11-24 | ประกาศรับสมัครพนักงานจ้าง ประจำปี | /board/news_detail.php?id=4821",
        "2020-10-30 | แผนการจัดซื้อจัดจ้าง | /board/news_detail.php?id=4793",
    );
}

#[test]
fn two_digits_may_be_a_buddhist_year() {
    check(
        "shape-thai-short-years",
        5,
        "2020-11-24 | ประกาศรับสมัครพนักงานจ้าง ประจำปี | /board/list.do?page=4821",
        "2020-10-30 | แผนการจัดซื้อจัดจ้าง | /board/list.do?page=4793",
    );
}

#[test]
fn the_day_of_taking_down_may_stand_before_that_of_posting() {
    check(
        "shape-taken-down-first",
        5,
        "2020-11-24 | Záměr pronájmu pozemku v obci | /board/list.do?ID=4821",
        "2020-10-30 | Oznámení o uložení zásilky | /board/list.do?ID=4793",
    );
}

#[test]
fn a_title_without_link_has_one_in_another_column() {
    check(
        "shape-title-without-link",
        5,
        "2020-11-24 | Determina di affidamento del servizio mensa | /board/albo.php?id=4821",
        "2020-10-30 | Convocazione del consiglio comunale | /board/albo.php?id=4793",
    );
}

#[test]
fn a_date_may_be_spread_over_three_elements() {
    check(
        "shape-date-in-three",
        5,
        "2020-11-24 | Personel alımı sınav sonuçları hakkında duyuru | /duyuru/4821",
        "2020-10-30 | İhale ilanı: yol bakım işi | /duyuru/4793",
    );
}

#[test]
fn a_closing_date_is_not_the_day_of_posting() {
    check(
        "shape-closing-and-posted",
        7,
        "2020-11-24 | Notice of public hearing on zoning amendment | /board/bids.aspx?bidID=4821",
        "2020-09-28 | Minutes of the planning committee available | /board/bids.aspx?bidID=4779",
    );
}

#[test]
fn days_may_be_headings() {
    check(
        "shape-days-as-headings",
        7,
        "2020-11-24 | Notice of public hearing on zoning amendment | /press/4821",
        "2020-09-28 | Minutes of the planning committee available | /press/4779",
    );
}

#[test]
fn a_second_dated_list_in_an_aside_is_not_mixed_in() {
    check(
        "shape-events-beside",
        7,
        "2020-11-24 | Notice of public hearing on zoning amendment | /notice/4821",
        "2020-09-28 | Minutes of the planning committee available | /notice/4779",
    );
}

#[test]
fn a_category_that_is_linked_too_stands_before_the_title() {
    check(
        "shape-category-link-first",
        7,
        "2020-11-24 | 2020년도 제3차 기간제근로자 채용 공고 | /board/list.do?bo=n&wr_id=4821",
        "2020-09-28 | 개별공시지가 이의신청 안내 | /board/list.do?bo=n&wr_id=4779",
    );
}

#[test]
fn lines_of_a_font_are_rows() {
    check(
        "shape-font-lines",
        7,
        "2020-11-24 | Notice of public hearing on zoning amendment | /board/NOTICE4821.HTM",
        "2020-09-28 | Minutes of the planning committee available | /board/NOTICE4779.HTM",
    );
}

/// The fourth is of 06/11/2020, which alone could be a day in June.
#[test]
fn one_date_tells_the_order_of_day_and_month_in_all() {
    let notices = crate::detect::lines("shape-day-before-month");
    assert_eq!(
        notices[3],
        "2020-11-06 | Request for proposals: library roof repair | /uploads/4800.pdf"
    );
}

#[test]
fn a_click_leads_on_where_the_address_is_none() {
    check(
        "shape-click-beside-none",
        15,
        "2020-09-14 | 상수도 급수공사 대행업자 지정 공고 | /sun/M010201/view/4901223?s=SUN",
        "2020-08-30 | 해외전시회(CES 2020) 참가기업 추가모집 | /sun/M010201/view/4894822?s=SUN",
    );
}

#[test]
fn a_date_inside_the_link_is_none_of_the_title() {
    check(
        "shape-date-inside-title",
        12,
        "2020-03-10 | 关于做好2020年清明节假期安全工作的通知 | /tzgg/7711.html",
        "2020-02-25 | 学生公寓维修改造工程中标候选人公示 | /tzgg/7651.html",
    );
}

#[test]
fn a_time_that_only_machines_are_told_dates_a_row() {
    check(
        "shape-time-for-machines",
        12,
        "2020-09-18 | Invitation to Bid: Resurfacing of County Road 214 | /updates/u-512",
        "2020-08-21 | Boil Water Advisory Lifted for North Valley Residents | /updates/u-489",
    );
}

#[test]
fn the_size_of_a_file_is_none_of_its_title() {
    check(
        "shape-size-inside-title",
        11,
        "2020-03-03 | Distribution de composteurs aux habitants | /contenu/telechargement/28110/file/arrete.pdf",
        "2020-02-17 | Avis de vigilance orange : vents violents | /contenu/telechargement/28019/file/arrete.pdf",
    );
}

#[test]
fn a_narrow_column_is_beside_the_page() {
    check(
        "shape-narrow-column-beside",
        6,
        "2020-01-22 | 하천점용허가 고시 제2020-41호 | /kofa/notice/read?seq=221",
        "2020-01-08 | 청사 방호 인력 채용 공고 [재공고] | /kofa/notice/read?seq=208",
    );
}

#[test]
fn links_to_files_beside_a_title_are_no_rows() {
    check(
        "shape-files-beside-title",
        9,
        "2020-02-26 | Edital de Pregão Eletrônico nº 014/2020 | /board/edital.php?cod=191",
        "2020-02-02 | Interdição da Rua São José para obras de drenagem | /board/edital.php?cod=174",
    );
}

#[test]
fn hours_are_of_the_day_above() {
    check(
        "shape-hours-under-days",
        10,
        "2020-03-06 | Оголошення про проведення громадських слухань | /news/view/55120",
        "2020-03-05 | Перелік укриттів оновлено | /news/view/55070",
    );
}
