//! Sources: what is read from boards, articles and JSON, and what is believed of it.

mod articles;
mod boards;
mod detect;
mod feeds;
mod fields;
mod hostile;
mod identity;
mod json;
mod ministry;
mod presets;
mod shapes;
mod town;
