//! gazetted makes every official notice board a feed and an alert.
//!
//! The modules, in reading order: the words ([`notice`]), what people look for ([`search`]), when sources speak ([`rhythm`]), bytes to notices ([`source`]),
//! notices to bytes ([`feed`]), who wants what ([`subscription`]), how it is owed ([`delivery`]), what hubs
//! and subscribers owe each other ([`websub`]), the guarded way out ([`net`], [`fetch`], [`channel`]), the ledger ([`store`]), the loops
//! that meet in it ([`upstream`], [`poll`], [`dispatch`], [`serve`]), and the roof ([`config`], [`app`], [`cli`]). `poll/once.rs` is the program on one page.

pub mod notice;
pub mod search;
pub mod rhythm;
pub mod source;
pub mod feed;
pub mod subscription;
pub mod delivery;
pub mod bounce;
pub mod websub;
pub mod net;
pub mod fetch;
pub mod channel;
pub mod store;
pub mod upstream;
pub mod poll;
pub mod dispatch;
pub mod returns;
pub mod serve;
pub mod ops;
pub mod config;
pub mod app;
pub mod cli;
