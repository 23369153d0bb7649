//! Promises of the commands, through the real program and real files.

mod add;
mod backup;
mod by_hand;
mod detect;
mod feeds;
mod mail;
mod site;
mod sources;
mod subscribers;

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

/// Runs `gazetted` in `folder`.
fn gazetted(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gazetted"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("GAZETTED_CONFIG")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

/// Runs it and expects that it does what was asked; what it printed.
#[track_caller]
fn does(folder: &Path, arguments: &[&str]) -> String {
    let output = gazetted(folder, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Runs it and expects that it fails with 1; why.
#[track_caller]
fn refuses(folder: &Path, arguments: &[&str]) -> String {
    let output = gazetted(folder, arguments);
    let why = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {why}");
    why
}
