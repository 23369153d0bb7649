//! Promises to users, through the whole daemon: a board on loopback, a real store, a real relay and webhook receiver, real
//! feeds over HTTP, and a clock that the test moves.

#[path = "../support/mod.rs"]
mod support;
mod thousand;
mod town;

mod alarming;
mod announcing;
mod believing;
mod carrying;
mod commands;
mod digests;
mod hub;
mod lists;
mod moving;
mod pushing;
mod recognising;
mod returning;
mod rhythm;
mod sending;
mod signing;
mod subscribing;
mod watching;
mod withdrawing;
