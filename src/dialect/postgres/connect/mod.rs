//! Opens PostgreSQL servers, and leaves them as they were found.
//!
//! [`driver`] is PostgreSQL's part of what [`crate::engine::dev`] does for all servers. [`settings`] reads URLs, [`local`] finds
//! the programs of this machine, [`link`] connects, [`exec`] runs statements, [`copy`] makes what states are made from,
//! [`role`] is whom they log in as on anybody's server, and [`catalog`] says what a database holds. What a state looks like
//! is read by the sibling `inspect`.

mod catalog;
pub(super) mod class;
mod copy;
mod driver;
mod exec;
mod link;
mod local;
mod pgpass;
mod role;
mod settings;

use crate::config::url::DbUrl;
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, Session, dev};
pub(super) use driver::IMAGES;
use driver::PgDriver;

/// Opens a dev database.
pub(super) async fn open_dev(
    url: &DbUrl,
    attendant: &dyn Attendant,
) -> Result<Box<dyn DevDatabase>, EngineError> {
    dev::open(PgDriver, url, attendant).await
}

/// Connects to a database that is only read.
pub(super) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    dev::read(PgDriver, url).await
}
