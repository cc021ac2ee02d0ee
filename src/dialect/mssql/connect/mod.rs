//! Opens SQL Servers, and leaves them as they were found.
//!
//! [`driver`] is their part of what [`crate::engine::dev`] does for all servers. [`settings`] reads URLs, [`greeting`] begins a
//! connection and its encryption, which [`tls`] has, [`link`] connects, [`exec`] runs statements, which [`class`] judges,
//! [`catalog`] says what is on a server, [`login`] is whom states log in as on anybody's. What a state looks like is read by the
//! sibling `inspect`.

mod catalog;
mod class;
mod driver;
mod exec;
mod greeting;
mod link;
mod login;
mod settings;
mod tls;

pub(super) use class::role;
pub(super) use driver::IMAGES;
pub(super) use settings::scope;

/// SQL Server, 2017 and newer, and Azure SQL.
pub(super) struct MsDriver;
