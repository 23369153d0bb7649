//! The feeds against the grammar of RFC 4287 (by jing) and a schema of JSON Feed 1.1 (by Python's jsonschema). `./test` installs both.

use std::{fs, path::Path, process::Command};

use gazetted::feed::Format;

use super::{every_fixture, hostile};

fn written(folder: &Path, format: Format) -> Vec<std::path::PathBuf> {
    let hostile = hostile::feeds();
    let all = every_fixture::feeds().iter().chain(&hostile);
    let written = all.enumerate().map(|(nth, feed)| {
        let file = folder.join(format!("{nth}.{}", format.extension()));
        fs::write(&file, feed.render(format)).expect("a file");
        file
    });
    written.collect()
}

/// Runs `command` over `files`, which it finds nothing wrong with.
#[track_caller]
fn passes(command: &mut Command, files: &[std::path::PathBuf]) {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.args(files).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}; ./test installs it"));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told:.2000} {:.2000}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_atom_feeds_follow_the_grammar_of_the_rfc() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = written(folder.path(), Format::Atom);
    passes(Command::new("jing").args(["-c", "tests/feed/atom.rnc"]), &files);
}

#[test]
fn the_json_feeds_follow_the_schema() {
    let script = r#"
import json, jsonschema, sys
schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator, wrong = jsonschema.Draft7Validator(schema), 0
for name in sys.argv[2:]:
    for error in validator.iter_errors(json.load(open(name, encoding="utf-8"))):
        print(name, list(error.absolute_path), error.message[:300])
        wrong += 1
sys.exit(wrong > 0)
"#;
    let folder = tempfile::tempdir().expect("a folder");
    let files = written(folder.path(), Format::Json);
    // Debian's Python, which has Debian's jsonschema.
    let mut python = Command::new("/usr/bin/python3");
    passes(python.args(["-c", script, "tests/feed/json-feed.schema.json"]), &files);
}

#[test]
fn the_xml_feeds_are_well_formed() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in [Format::Atom, Format::Rss] {
        let files = written(folder.path(), format);
        passes(Command::new("xmllint").args(["--noout", "--nonet", "--huge"]), &files);
    }
}
