//! Integration tests.

mod architecture;
mod cli_basics;
mod cli_check;
mod cli_diff;
mod cli_errors;
mod cli_postgres;
mod cli_world;
mod config;
mod confine;
mod golden;
mod guide;
mod lab;
mod migration;
mod mysql;
mod mysql_server;
mod postgres_ddl;
mod postgres_inspect;
mod postgres_local;
mod postgres_url;
mod project;
mod projects;
mod scanner;
mod sqlite;
mod sqlite_inspect;
mod sqlite_plan;
mod sqlite_safety;
