//! Writes XML. What it is given may hold any characters: those that XML can't carry are dropped, the others escaped.

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::text;

/// A document that is being written to memory.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// The document whose root `write` writes. It names its encoding, since some readers guess otherwise.
    pub(super) fn document(write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut xml = Self(Writer::new(Vec::new()));
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        xml.write(Event::Text(BytesText::from_escaped("\n")));
        write(&mut xml);
        xml.0.into_inner()
    }

    /// An element with what `inside` writes.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.write(Event::Start(start(name, attributes)));
        inside(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// An element with a text.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.element(name, attributes, |xml| {
            xml.write(Event::Text(BytesText::new(&text::xml(text))))
        });
    }

    /// An element without anything in it.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.write(Event::Empty(start(name, attributes)));
    }

    fn write(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("writing to memory can't fail");
    }
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, text::xml(value).as_ref()));
    }
    start
}
