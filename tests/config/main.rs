//! The configuration: what is written in it is what the program does, and every mistake is told with its place.

mod example;
mod mistakes;
mod writing;

use std::path::Path;

use gazetted::config::{Config, Problems, parse};

/// Parses `text` as the file `gazetted.toml`.
fn read(text: &str) -> Result<Config, Problems> {
    parse(text, Path::new("gazetted.toml"))
}
