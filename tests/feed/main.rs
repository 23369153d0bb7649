//! Our feeds of everything: what validators ask of them, for every fixture and for what sources should not send.

mod elements;
mod every_fixture;
mod grammar;
mod hostile;
mod validator;
mod view;
