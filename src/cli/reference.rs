//! `gazetted completions` and `gazetted man`

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use clap::CommandFactory;

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Where the pages go.
    directory: PathBuf,
}

pub(super) fn completions(arguments: Completions) -> anyhow::Result<()> {
    // It panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "gazetted",
        &mut script,
    );
    Ok(std::io::stdout().lock().write_all(&script)?)
}

pub(super) fn man(arguments: Man) -> anyhow::Result<()> {
    let into = &arguments.directory;
    std::fs::create_dir_all(into).with_context(|| format!("can't make the directory {}", into.display()))?;
    clap_mangen::generate_to(super::Arguments::command(), into)
        .with_context(|| format!("can't write into {}", into.display()))
}
