//! `offline://mssql/2022`: a dev database without a server. No other URL leads anywhere yet.

use crate::config::suggest;
use crate::config::url::DbUrl;
use crate::dialect::Reach;
use crate::engine::offline::Offline;
use crate::engine::{DevDatabase, EngineError};

use super::replay::{DEFAULT_SCHEMA, State};

/// Versions that can be named.
const VERSIONS: &[&str] = &["2017", "2019", "2022", "azure"];

/// One schema, whose name is not written, or all of them.
const MODES: &[&str] = &["schema", "database"];

/// What a URL leads to.
pub(super) fn reach(url: &DbUrl) -> Result<Reach, EngineError> {
    Ok(match url.scheme() {
        "offline" => Reach::Private,
        _ => Reach::Server,
    })
}

/// Opens a dev database.
///
/// # Errors
/// When the URL names a server, or is not understood.
pub(super) fn open(url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
    if url.scheme() != "offline" {
        return Err(no_server(url));
    }
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
    let scope = match url.param("mode") {
        None | Some("schema") => Some(DEFAULT_SCHEMA.to_owned()),
        Some("database") => None,
        Some(other) => {
            let message = format!("{url}: unknown mode `{other}`");
            return Err(EngineError::new(
                message,
                format!("the modes are {}", suggest::list(MODES)),
            ));
        }
    };
    Ok(Box::new(Offline::new(State::new(), scope)))
}

/// No server can be talked to.
pub(super) fn no_server(url: &DbUrl) -> EngineError {
    let offline = url.scheme() == "offline";
    EngineError::new(
        match offline {
            true => format!(
                "{url} is a dev database: it holds nothing that could be read, and nothing can be applied to it"
            ),
            false => format!("{url}: trueup can't connect to SQL Server yet"),
        },
        match offline {
            true => {
                "migrations of SQL Server are applied with the tool that you have, such as sqlcmd"
            }
            false => {
                "what works today is a dev database without a server, `offline://mssql/2022`: check, migrate diff, migrate \
                      validate, schema inspect and schema diff of files and models"
            }
        },
    )
}
