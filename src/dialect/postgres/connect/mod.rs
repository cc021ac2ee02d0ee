//! Opens PostgreSQL servers, and leaves them as they were found.
//!
//! [`driver`] is PostgreSQL's part of what [`crate::engine::dev`] does for all servers. [`settings`] reads URLs, [`local`] finds
//! the programs of this machine, [`link`] connects, [`exec`] runs statements, [`copy`] makes what states are made from,
//! [`role`] is whom they log in as on anybody's server, and [`catalog`] says what a database holds. What a state looks like
//! is read by the sibling `inspect`.

mod catalog;
pub(super) mod class;
mod copy;
mod database;
mod driver;
mod exec;
mod link;
mod local;
mod pgpass;
mod role;
mod settings;

pub(super) use driver::IMAGES;

/// PostgreSQL.
pub(in crate::dialect) struct PgDriver;
