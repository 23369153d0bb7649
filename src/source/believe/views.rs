//! How often a notice was read, by the source's own count.

use std::sync::LazyLock;

use regex::Regex;

/// A number with digits grouped by comma, dot, apostrophe or narrow space, or shortened by K or M.
const NUMBER: &str = r"(?P<n>\d{1,3}(?:[,.'’\u{a0}\u{202f} ]\d{3})+|\d+(?:[.,]\d+)?\s*[kKmM천만万]|\d+)";

/// The words with which the count is labelled, before it.
const BEFORE: &str = r"read(?:s|\s+count)?|views?(?:\s+count)?|hits?|visits?|viewed|조\s*회(?:\s*수)?|읽음|閲覧(?:数|回数)?|アクセス数|阅读(?:量|次数|数)?|浏览(?:量|次数|数)?|浏覽次數|瀏覽(?:人次|次數|數)?|點閱(?:次數|數|率)?|点击(?:量|次数|数)?|點擊(?:率|數)?|人氣|vues?|lectures?|aufrufe|zugriffe|gelesen|visitas|vistas|lecturas|leituras|visualiza(?:ções|ciones)|acessos|visualizzazioni|letture|weergaven|wyświetle(?:ń|nia)|odsłon(?:y)?|просмотр(?:ов|ы|а)?|lượt xem|okunma|görüntüle[nm]me|dilihat|προβολές|zobrazení";

/// The words that follow it.
const AFTER: &str = r"reads?|views?|hits?|visits?|회|回|次|人次|vues?|lectures?|aufrufe|zugriffe|visitas|vistas|lecturas|leituras|visualiza(?:ções|ciones)|acessos|visualizzazioni|letture|weergaven|просмотр(?:ов|а)?|lượt xem|okunma|times";

/// The count in `text`: labelled, or all there is.
pub fn read(text: &str) -> Option<u64> {
    labelled(text).or_else(|| {
        static ALONE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(&format!(r"^\D{{0,3}}{NUMBER}\D{{0,3}}$")).expect("a valid pattern"));
        let text = text.trim();
        number(ALONE.captures(text)?.name("n")?.as_str())
    })
}

/// The count in `text` where a word says that it is one: "Date : 2020.11.10 Read : 9872".
pub fn labelled(text: &str) -> Option<u64> {
    static LABELLED: LazyLock<[Regex; 2]> = LazyLock::new(|| {
        [
            format!(r"(?i)(?:^|[^\p{{Latin}}])(?:{BEFORE})\s*[:：|)\]]*\s*[(\[]?\s*{NUMBER}"),
            format!(r"(?i)(?:^|[^\d.,:/제第-]){NUMBER}\s*(?:{AFTER})(?:$|[^\p{{Alphabetic}}\d])"),
        ]
        .map(|pattern| Regex::new(&pattern).expect("a valid pattern"))
    });
    let mut end = text.len().min(4_096);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    LABELLED
        .iter()
        .find_map(|pattern| number(pattern.captures(text)?.name("n")?.as_str()))
}

fn number(text: &str) -> Option<u64> {
    let factor = match text.chars().last()? {
        'k' | 'K' | '천' => 1_000,
        'm' | 'M' => 1_000_000,
        '만' | '万' => 10_000,
        _ => 1,
    };
    if factor == 1 {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        return digits.parse().ok();
    }
    let (whole, tenths) = match text.split_once(['.', ',']) {
        Some((whole, rest)) => (whole, rest.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(0)),
        None => (text.trim_end_matches(|c: char| !c.is_ascii_digit()), 0),
    };
    let whole: u64 = whole.trim().parse().ok()?;
    whole.checked_mul(factor)?.checked_add(u64::from(tenths) * factor / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_boards_print_them() {
        for (text, expected) in [
            ("Date : 2020.11.10 Read : 9872", Some(9_872)),
            ("Read : 9,872", Some(9_872)),
            ("조회 1,234", Some(1_234)),
            ("조회수 : 12 | 작성일 2020.11.10", Some(12)),
            ("등록일 2020-11-10 조회수 12", Some(12)),
            ("조회(35)", Some(35)),
            ("Views: 1.2K", Some(1_200)),
            ("1,024 views", Some(1_024)),
            ("閲覧数：88", Some(88)),
            ("浏览次数: 345", Some(345)),
            ("1.234 Aufrufe", Some(1_234)),
            ("123회", Some(123)),
            ("9872", Some(9_872)),
            (" 1 234 ", Some(1_234)),
            ("12,345", Some(12_345)),
            ("0", Some(0)),
            ("2020.11.10", None),
            ("2020-11-10", None),
            ("Reading room 5", None),
            ("제5회 음악회", None),
            ("-", None),
            ("", None),
            ("Read : 99999999999999999999999", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_number_without_a_label_is_not_taken_out_of_a_line() {
        assert_eq!(labelled("2020.11.10"), None);
        assert_eq!(labelled("9872"), None);
    }
}
