//! Integration tests.
mod scanner;
