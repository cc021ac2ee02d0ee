//! Integration tests.

mod config;
mod migration;
mod scanner;
