//! What every store promises, written once and kept by both: SQLite in a folder of the test's own, PostgreSQL in a
//! database of the test's own.

#[macro_use]
mod bench;
#[path = "../support/postgres.rs"]
mod postgres;

mod announcements;
mod asking;
mod deliveries;
mod hub;
mod lasting;
mod notices;
mod opening;
mod past;
mod places;
mod receivers;
mod searching;
mod sources;
mod strikes;
mod upstreams;
