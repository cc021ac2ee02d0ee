//! Integration tests.

mod config;
mod scanner;
