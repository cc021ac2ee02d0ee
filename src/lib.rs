//! trueup: true up SQL migrations with SQLAlchemy models.

pub mod config;
pub mod desired;
pub mod dialect;
pub mod diff;
pub mod engine;
pub mod migration;
pub mod plan;
pub mod schema;
pub mod sql;
