//! trueup: true up SQL migrations with SQLAlchemy models.

pub mod cli;
pub mod config;
pub mod current;
pub mod desired;
pub mod dialect;
pub mod diff;
pub mod engine;
pub mod migration;
pub mod plan;
pub mod report;
pub mod schema;
pub mod sql;
