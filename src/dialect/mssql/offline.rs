//! `offline://mssql/2022`: a dev database without a server.

use crate::config::suggest;
use crate::config::url::DbUrl;
use crate::dialect::Reach;
use crate::engine::offline::{Offline, is_offline};
use crate::engine::{DevDatabase, EngineError};

use super::connect::scope;
use super::replay::State;

/// Versions that can be named.
const VERSIONS: &[&str] = &["2017", "2019", "2022", "azure"];

/// What a URL leads to.
pub(super) fn reach(url: &DbUrl) -> Result<Reach, EngineError> {
    Ok(match is_offline(url) {
        true => Reach::Private,
        false => Reach::Server,
    })
}

/// Opens a dev database.
///
/// # Errors
/// When the URL is not understood.
pub(super) fn open(url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
    url.check_authority()?;
    url.check_params(&["mode"])?;
    let version = url.path().trim_matches('/');
    if !VERSIONS.contains(&version) {
        let message = match version {
            "" => format!("{url} names no version"),
            _ => format!("{url}: trueup knows no SQL Server `{version}`"),
        };
        return Err(EngineError::new(
            message,
            format!("known ones: {}", suggest::list(VERSIONS)),
        ));
    }
    let scope = scope(url, url.param("mode"))?;
    Ok(Box::new(Offline::new(State::new(), scope)))
}
