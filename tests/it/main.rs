//! Integration tests.

mod architecture;
mod config;
mod migration;
mod postgres_local;
mod scanner;
mod sqlite;
mod sqlite_inspect;
