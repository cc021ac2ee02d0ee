//! Dev databases, for every kind of server: what a [`Driver`] does is put together here.
//!
//! `private` holds servers that only this run knows, `shared` databases on a server that others use; [`State`] is one
//! state on either, `turn` keeps states in order where only one fits in at a time.

mod container;
mod private;
mod shared;
mod state;
mod turn;

use std::sync::Arc;

pub use private::{Source, Started};
pub use shared::Shared;
pub use state::State;

use container::Image;

use super::attend::Attendant;
use super::driver::{Driver, Target};
use super::{DevDatabase, EngineError, Session};
use crate::config::url::DbUrl;

/// Opens a dev database.
///
/// # Errors
/// When there is no such server, or the database that is given is not empty.
pub async fn open<D: Driver>(
    driver: D,
    url: &DbUrl,
    attendant: &dyn Attendant,
) -> Result<Box<dyn DevDatabase>, EngineError> {
    let driver = Arc::new(driver);
    let source: Box<dyn Source<D>> = match url.scheme() {
        "local" => driver.programs(url).await?,
        scheme if scheme.starts_with("docker") => {
            Box::new(Image::find(Arc::clone(&driver), url, attendant).await?)
        }
        _ => return Ok(Box::new(shared::SharedDev::open(driver, url).await?)),
    };
    Ok(Box::new(
        private::PrivateDev::open(driver, source, attendant).await?,
    ))
}

/// Connects to a database that is only read.
///
/// # Errors
/// When it can't be reached, or belongs to a private server.
pub async fn read<D: Driver>(driver: D, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let target = target(&driver, url)?;
    Ok(Box::new(State::read(Arc::new(driver), target).await?))
}

/// Connects to a database that migrations are applied to.
///
/// # Errors
/// When it can't be reached, or belongs to a private server.
pub async fn live<D: Driver>(driver: D, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let target = target(&driver, url)?;
    Ok(Box::new(State::live(Arc::new(driver), target).await?))
}

/// Where a database with content is.
fn target<D: Driver>(driver: &D, url: &DbUrl) -> Result<Target<D::Options>, EngineError> {
    let scheme = url.scheme();
    if scheme == "local" || scheme.starts_with("docker") {
        return Err(EngineError::new(
            format!(
                "a `{scheme}://` server is private to a run and always empty, so there is nothing in it"
            ),
            format!("give the URL of the database: `{}`", driver.examples().0),
        ));
    }
    driver.target(url)
}

/// Removes what is left of a dev database that could not be opened. Why it could not is what counts; the rest is a warning.
async fn abandon(dev: Box<dyn DevDatabase>, error: EngineError) -> EngineError {
    if let Err(second) = dev.close().await {
        tracing::warn!("the dev database could not be left as it was found: {second}");
    }
    error
}
