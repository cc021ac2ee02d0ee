//! Opens PostgreSQL servers, and leaves them as they were found.
//!
//! [`local`] starts private servers, [`settings`] reads URLs, [`link`] connects, [`exec`] runs statements, [`session`] is
//! one state and [`dev`] the dev databases that hold them. What a state looks like is read by the sibling `inspect`.

mod class;
mod dev;
mod exec;
mod link;
mod local;
mod session;
mod settings;

use crate::config::url::DbUrl;
use crate::engine::{DevDatabase, EngineError, Session};

/// Opens a dev database.
pub(super) async fn open_dev(url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
    match url.scheme() {
        "local" => Ok(Box::new(dev::LocalDev::open(url).await?)),
        _ => Err(EngineError::plain(format!("can't open {url}"))),
    }
}

/// Connects to a database that is only read.
pub(super) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    Err(EngineError::plain(format!("can't open {url}")))
}
