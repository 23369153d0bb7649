//! Bodies that arrive compressed, honestly and otherwise.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use gazetted::net::{Client, Limit, Miss, Redirects, Settings};
use url::Url;

use crate::board::{Board, ok};
use crate::settings;

fn text() -> Vec<u8> {
    (0..5_000)
        .map(|nth| format!("<tr><td>{nth}</td></tr>\n"))
        .collect::<String>()
        .into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("memory");
    encoder.include_checksum(true).expect("a checksum");
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

async fn get_with(settings: Settings, coding: &str, body: Vec<u8>) -> Result<Vec<u8>, Miss> {
    let lines = format!("Content-Encoding: {coding}\r\n");
    let board = Board::start(move |_| ok(&lines, &body)).await;
    let url = Url::parse(&board.url("/")).expect("a URL");
    let client = Client::new(settings).expect("a client");
    client.get(&url, &[], Redirects::Never).await.map(|answer| answer.body)
}

async fn get(coding: &str, body: Vec<u8>) -> Result<Vec<u8>, Miss> {
    get_with(settings(), coding, body).await
}

/// Short enough to be printed.
fn outline(got: Result<Vec<u8>, Miss>) -> Result<usize, Miss> {
    got.map(|body| body.len())
}

#[tokio::test]
async fn what_we_offer_we_can_undo() {
    for (coding, body) in [
        ("gzip", gzip(&text())),
        ("x-gzip", gzip(&text())),
        ("GZIP", gzip(&text())),
        ("gzip", [gzip(&text()[..9]), gzip(&text()[9..])].concat()),
        ("deflate", zlib(&text())),
        ("deflate", deflate(&text())),
        ("zstd", zstd(&text())),
        ("zstd", [zstd(&text()[..9]), zstd(&text()[9..])].concat()),
        ("identity", text()),
        ("", text()),
    ] {
        let got = get(coding, body).await;
        assert!(
            got.as_ref() == Ok(&text()),
            "{coding}: {:?}",
            got.map(|body| body.len())
        );
    }
}

#[tokio::test]
async fn half_a_stream_or_a_damaged_one_is_an_error_although_the_text_may_look_whole() {
    for (coding, whole) in [
        ("gzip", gzip(&text())),
        ("deflate", zlib(&text())),
        ("deflate", deflate(&text())),
        ("zstd", zstd(&text())),
    ] {
        for cut in [1, 2, 10, whole.len() / 2, whole.len() - 8, whole.len() - 1] {
            let got = outline(get(coding, whole[..cut].to_vec()).await);
            assert!(
                matches!(got, Err(Miss::Encoding { .. })),
                "{coding} cut at {cut}: {got:?}"
            );
        }
        let mut damaged = whole.clone();
        for byte in &mut damaged[whole.len() / 2..][..16] {
            *byte ^= 0xff;
        }
        let got = outline(get(coding, damaged).await);
        // A bare deflate stream has no checksum: damage may go unnoticed, a panic or a hang may not.
        assert!(
            matches!(got, Err(Miss::Encoding { .. })) || whole == deflate(&text()),
            "{coding} damaged: {got:?}"
        );
    }
    let mut wrong_sum = gzip(&text());
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 0xff;
    assert!(matches!(get("gzip", wrong_sum).await, Err(Miss::Encoding { .. })));
    assert!(matches!(get("gzip", text()).await, Err(Miss::Encoding { .. })));
    assert!(matches!(
        get("deflate", [zlib(&text()), text()].concat()).await,
        Err(Miss::Encoding { .. })
    ));
}

#[tokio::test]
async fn layers_and_codings_that_were_not_offered_are_refused() {
    for coding in [
        "gzip, gzip",
        "gzip\r\nContent-Encoding: gzip",
        "br",
        "frobnicate",
        "gzip;q=1",
        "aws-chunked, gzip",
    ] {
        let got = get(coding, gzip(&gzip(&text()))).await;
        assert!(matches!(got, Err(Miss::Encoding { .. })), "{coding}: {got:?}");
    }
}

#[tokio::test]
async fn a_bomb_goes_off_within_the_limit() {
    let blanks = vec![0; 16 << 20];
    for (coding, body) in [
        ("gzip", gzip(&blanks)),
        ("deflate", zlib(&blanks)),
        ("deflate", deflate(&blanks)),
        ("zstd", zstd(&blanks)),
    ] {
        let got = outline(get(coding, body.clone()).await);
        assert!(
            matches!(
                got,
                Err(Miss::TooLarge {
                    limit: Limit::Body(_),
                    ..
                })
            ),
            "{coding}: {got:?}"
        );
        let spacious = Settings {
            max_body: 1 << 30,
            ..settings()
        };
        let got = outline(get_with(spacious, coding, body).await);
        assert!(
            matches!(
                got,
                Err(Miss::TooLarge {
                    limit: Limit::Ratio(200),
                    ..
                })
            ),
            "{coding}: {got:?}"
        );
    }
}

#[tokio::test]
async fn a_zstd_window_beyond_8_mib_is_not_granted() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("memory");
    encoder.window_log(27).expect("a window");
    encoder.write_all(&text()).expect("memory");
    let got = get("zstd", encoder.finish().expect("memory")).await;
    assert!(matches!(got, Err(Miss::Encoding { .. })), "{got:?}");
}

#[tokio::test]
async fn gzip_in_a_thousand_pieces_is_refused() {
    let got = get("gzip", gzip(b"").repeat(1_000)).await;
    assert!(matches!(got, Err(Miss::Encoding { .. })), "{got:?}");
}
