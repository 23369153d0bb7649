//! `gazetted mail preview`: what readers would get.

use std::fs;

use crate::{
    does, refuses,
    site::{Shown, Site},
};

const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A folder with a configuration whose source has shown two notices.
fn place() -> (tempfile::TempDir, Site) {
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Town</title>\
        <item><title>Library closed</title><link>https://town.example/2</link><pubDate>Tue, 24 Nov 2026 09:00:00 GMT</pubDate>\
        <description>The library is closed &lt;b&gt;on Monday&lt;/b&gt;.</description></item>\
        <item><title>Water off</title><link>https://town.example/1</link><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate></item>\
        </channel></rss>";
    let site = Site::start([("/feed", Shown::of("application/rss+xml", feed))]);
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!(
        "[server]\npublic_url = \"https://notices.example.org/\"\ntitle = \"City\"\n[store]\nurl = \"sqlite:notices.db\"\n\
         [fetch]\nallow_networks = [\"127.0.0.0/8\"]\n\
         [[source]]\nid = \"town\"\nname = \"Town hall\"\nurl = \"{}\"\nkind = \"feed\"\n\
         [email]\nsmtp = \"smtp://127.0.0.1\"\nfrom = \"notices@example.org\"\ntemplates = \"words\"\n\
         dkim = {{ domain = \"example.org\", selector = \"g1\", key = \"{KEY}\" }}\n",
        site.url("/feed")
    );
    fs::write(folder.path().join("gazetted.toml"), config).expect("written");
    fs::create_dir(folder.path().join("words")).expect("a folder");
    does(folder.path(), &["poll"]);
    (folder, site)
}

#[test]
fn a_mail_is_seen_as_its_reader_will_see_it() {
    let (folder, _site) = place();
    let folder = folder.path();
    let text = does(folder, &["mail", "preview"]);
    assert!(
        text.starts_with("From: City <notices@example.org>\nSubject: Library closed (Town hall)\n\n"),
        "{text}"
    );
    assert!(text.contains("The library is closed on Monday."), "{text}");
    assert!(text.contains("because you follow Town hall."), "{text}");
    let html = does(
        folder,
        &["mail", "preview", "--source", "town", "--html", "--language", "ko"],
    );
    assert!(
        html.contains("<b>on Monday</b>") && html.contains("구독 해지"),
        "{html}"
    );
    let digest = does(folder, &["mail", "preview", "--digest"]);
    assert!(digest.contains("Subject: City: Library closed and 1 more"), "{digest}");
    does(folder, &["mail", "preview", "--eml", "mail.eml"]);
    let mail = fs::read_to_string(folder.join("mail.eml")).expect("a mail");
    assert!(mail.starts_with("DKIM-Signature: v=1; a=ed25519-sha256;"), "{mail}");
    let unknown = "urn:uuid:00000000-0000-5000-8000-000000000000";
    let why = refuses(folder, &["mail", "preview", unknown]);
    assert!(why.contains("no such notice"), "{why}");

    fs::write(
        folder.join("words/notice.ko.txt"),
        "{{ item.title }}!\n{{ unsubscribe }}",
    )
    .expect("a template");
    let text = does(folder, &["mail", "preview", "--language", "ko"]);
    assert!(
        text.ends_with("\n\nLibrary closed!\nhttps://notices.example.org/unsubscribe/preview?lang=ko\n"),
        "{text}"
    );
}

#[test]
fn the_record_that_receivers_look_for_is_told() {
    let (folder, _site) = place();
    let told = does(folder.path(), &["check"]);
    assert!(
        told.contains("g1._domainkey.example.org. IN TXT ( \"v=DKIM1; k=ed25519; p="),
        "{told}"
    );
    assert!(!told.contains(KEY) && !told.contains("note:"), "{told}");
}
