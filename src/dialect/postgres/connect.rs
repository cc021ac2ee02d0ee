//! Opens PostgreSQL servers.

use crate::config::url::DbUrl;
use crate::engine::{DevDatabase, EngineError, Session};

pub(super) async fn open_dev(url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
    Err(EngineError::plain(format!("can't open {url}")))
}

pub(super) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    Err(EngineError::plain(format!("can't open {url}")))
}
