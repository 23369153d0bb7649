//! The server over a real store, asked as readers, people and attackers ask.

mod connections;
mod edits;
mod events;
mod feeds;
mod hub;
mod pages;
mod past;
mod readers;
mod searching;
mod town;
mod unsubscribe;
