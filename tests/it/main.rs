//! Integration tests.

mod config;
mod migration;
mod postgres_local;
mod scanner;
