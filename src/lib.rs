//! trueup: true up SQL migrations with SQLAlchemy models.

pub mod config;
pub mod migration;
pub mod sql;
