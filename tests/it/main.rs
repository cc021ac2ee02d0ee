//! Integration tests.

mod architecture;
mod config;
mod migration;
mod postgres_local;
mod scanner;
