//! A document of XML as a tree, as strictly as XML is read.

use quick_xml::{Reader, XmlVersion, events::Event};

#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// The root of `document`.
    pub fn read(document: &str) -> Self {
        assert!(
            document.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
            "it names its encoding"
        );
        let mut reader = Reader::from_str(document);
        reader.config_mut().check_end_names = true;
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().expect("well-formed XML") {
                Event::Start(start) => open.push(Self::of(&start)),
                Event::Empty(start) => {
                    let element = Self::of(&start);
                    last(&mut open).children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().expect("an open element");
                    last(&mut open).children.push(element);
                }
                Event::Text(text) => last(&mut open)
                    .text
                    .push_str(&text.xml_content(XmlVersion::Implicit1_0)),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().expect("a reference") {
                        Some(character) => character.to_string(),
                        None => {
                            let name: &str = &reference;
                            let known = quick_xml::escape::resolve_predefined_entity(name);
                            known.expect("an entity that XML knows").to_owned()
                        }
                    };
                    last(&mut open).text.push_str(&character);
                }
                Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {
                    panic!("nothing of that is needed")
                }
                Event::Decl(_) => {}
                Event::Eof => break,
            }
        }
        let mut roots = open.pop().expect("a document").children;
        assert!(open.is_empty() && roots.len() == 1, "one root, closed");
        roots.remove(0)
    }

    fn of(start: &quick_xml::events::BytesStart<'_>) -> Self {
        let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
            let attribute: quick_xml::events::attributes::Attribute<'_> = attribute.expect("an attribute, once");
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("a value");
            (attribute.key.as_ref().to_string(), value.into_owned())
        };
        Self {
            name: start.name().as_ref().to_string(),
            attributes: start.attributes().map(attribute).collect(),
            ..Self::default()
        }
    }

    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Element> + use<'a> {
        let name = name.to_owned();
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only child of this name.
    #[track_caller]
    pub fn one(&self, name: &str) -> &Element {
        let mut all = self.all(name);
        let one = all.next().unwrap_or_else(|| panic!("{} has no {name}", self.name));
        assert!(all.next().is_none(), "{} has {name} twice", self.name);
        one
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let told = self.attributes.iter().find(|(told, _)| told == name);
        told.map(|(_, value)| value.as_str())
    }
}

fn last(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("an open element")
}
