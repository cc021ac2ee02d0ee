//! What a `mysql://` or `mariadb://` URL says, in the driver's terms.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use crate::config::url::DbUrl;
use crate::engine::{EngineError, driver, reach};

/// A server to connect to, or the database of it that is the scope: `127.0.0.1:3306`.
pub(super) type Target = driver::Target<MySqlConnectOptions>;

impl Target {
    /// Whether it is reached through a file.
    pub(super) fn is_socket(&self) -> bool {
        self.place.starts_with('/')
    }
}

/// Parameters that mean something here.
const KNOWN: &[&str] = &[
    "database", "tls", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "timeout",
];
/// Parameters of the Go driver that existing URLs carry; they tune how that driver works and change nothing here.
const IGNORED: &[&str] = &[
    "parseTime",
    "loc",
    "charset",
    "collation",
    "multiStatements",
    "interpolateParams",
    "allowNativePasswords",
    "allowCleartextPasswords",
    "allowOldPasswords",
    "allowFallbackToPlaintext",
    "allowAllFiles",
    "checkConnLiveness",
    "clientFoundRows",
    "columnsWithAlias",
    "maxAllowedPacket",
    "readTimeout",
    "writeTimeout",
    "rejectReadOnly",
    "serverPubKey",
    "timeTruncate",
    "connectionAttributes",
];

/// Parameters that make sense for a server of our own.
pub(super) fn private_params() -> Vec<&'static str> {
    let known = KNOWN.iter().chain(IGNORED).copied();
    known.filter(|key| *key != "database").collect()
}

/// Reads a URL of a server.
///
/// # Errors
/// When a parameter is unknown or its value makes no sense.
pub(super) fn target(url: &DbUrl) -> Result<Target, EngineError> {
    url.check_authority()?;
    let known: Vec<&str> = KNOWN.iter().chain(IGNORED).copied().collect();
    url.check_params(&known)?;
    let mut options = blank_options().username(url.user().unwrap_or("root"));
    if let Some(password) = url.password() {
        options = options.password(password.expose());
    }
    let (host, place, scope) = if url.scheme().ends_with("+unix") {
        let socket = url.path();
        if !socket.starts_with('/') {
            return Err(EngineError::new(
                format!("{url} names no socket"),
                format!(
                    "write `{}:///run/mysqld/mysqld.sock?database=dev`",
                    url.scheme()
                ),
            ));
        }
        options = options.socket(socket);
        let database = url.param("database").map(str::to_owned);
        (socket.to_owned(), socket.to_owned(), database)
    } else {
        let host = if url.host().is_empty() {
            "localhost"
        } else {
            url.host()
        };
        let port = url.port().unwrap_or(3306);
        options = options.host(host).port(port);
        let path = url.path().trim_matches('/');
        if path.contains('/') {
            return Err(EngineError::new(
                format!("`{path}` in {url} is not the name of a database"),
                "write `mysql://user@host:3306/DATABASE`, or no path for the whole server",
            ));
        }
        if url.param("database").is_some() {
            return Err(EngineError::new(
                format!("{url}: `database` is for sockets"),
                "write the database as the URL's path",
            ));
        }
        (
            host.to_owned(),
            format!("{host}:{port}"),
            (!path.is_empty()).then(|| path.to_owned()),
        )
    };
    Ok(Target {
        options: tls(url, options)?,
        place,
        scope: scope.filter(|name| !name.is_empty()),
        patience: patience(url, &host)?,
    })
}

/// `tls` as the Go driver has it, `ssl-mode` as the programs of the server do.
fn tls(url: &DbUrl, options: MySqlConnectOptions) -> Result<MySqlConnectOptions, EngineError> {
    let mode = match (url.param("tls"), url.param("ssl-mode")) {
        (Some(_), Some(_)) => {
            return Err(EngineError::plain(format!(
                "{url}: `tls` and `ssl-mode` are two ways to say one thing"
            )));
        }
        (Some(tls), None) => match tls {
            "false" => MySqlSslMode::Disabled,
            "preferred" => MySqlSslMode::Preferred,
            "skip-verify" => MySqlSslMode::Required,
            "true" | "custom" => MySqlSslMode::VerifyIdentity,
            other => {
                return Err(EngineError::new(
                    format!("unknown value `{other}` of `tls` in {url}"),
                    "it is true, false, skip-verify or preferred",
                ));
            }
        },
        (None, Some(mode)) => match mode.to_ascii_uppercase().replace('-', "_").as_str() {
            "DISABLED" => MySqlSslMode::Disabled,
            "PREFERRED" => MySqlSslMode::Preferred,
            "REQUIRED" => MySqlSslMode::Required,
            "VERIFY_CA" => MySqlSslMode::VerifyCa,
            "VERIFY_IDENTITY" => MySqlSslMode::VerifyIdentity,
            other => {
                return Err(EngineError::new(
                    format!("unknown value `{other}` of `ssl-mode` in {url}"),
                    "it is DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY",
                ));
            }
        },
        (None, None) if url.param("ssl-ca").is_some() => MySqlSslMode::VerifyCa,
        (None, None) if url.param("ssl-cert").is_some() => MySqlSslMode::Required,
        (None, None) => MySqlSslMode::Disabled,
    };
    // A socket is as private as a connection gets, and servers end one on which TLS begins.
    let mode = match mode {
        MySqlSslMode::Preferred if url.scheme().ends_with("+unix") => MySqlSslMode::Disabled,
        mode => mode,
    };
    let mut options = options.ssl_mode(mode);
    if let Some(file) = certificate(url, "ssl-ca")? {
        options = options.ssl_ca(file);
    }
    if let Some(file) = certificate(url, "ssl-cert")? {
        options = options.ssl_client_cert(file);
    }
    if let Some(file) = certificate(url, "ssl-key")? {
        options = options.ssl_client_key(file);
    }
    Ok(options)
}

/// A file that a parameter names. One that is missing would look like a server that is.
fn certificate<'u>(url: &'u DbUrl, key: &str) -> Result<Option<&'u str>, EngineError> {
    let Some(file) = url.param(key) else {
        return Ok(None);
    };
    match std::fs::File::open(file) {
        Ok(_) => Ok(Some(file)),
        Err(error) => {
            // Where the key is counts as secret.
            let shown = if key == "ssl-key" { "the file" } else { file };
            Err(EngineError::new(
                format!("can't read `{key}` of {url}: {shown}: {error}"),
                "name a readable file in PEM format",
            ))
        }
    }
}

/// How long a service that is only starting is waited for: `timeout=30s`, as the Go driver writes durations.
fn patience(url: &DbUrl, host: &str) -> Result<Duration, EngineError> {
    let Some(text) = url.param("timeout") else {
        return Ok(reach::patience(host));
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => Some(1),
        "s" | "" => Some(1000),
        "m" => Some(60_000),
        _ => None,
    };
    number
        .parse::<u64>()
        .ok()
        .zip(factor)
        .map(|(number, factor)| Duration::from_millis(number.saturating_mul(factor)))
        .ok_or_else(|| {
            EngineError::new(
                format!("invalid duration `{text}` in `timeout` of {url}"),
                "write `timeout=30s`",
            )
        })
}

/// Options under which the server behaves as for any client: the driver otherwise sets an SQL mode, which changes what
/// `||` means, and a time zone, which changes what a default is.
pub(super) fn blank_options() -> MySqlConnectOptions {
    MySqlConnectOptions::new()
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(true)
        .charset("utf8mb4")
        .statement_cache_capacity(0)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Target, EngineError> {
        target(&DbUrl::parse(text).unwrap())
    }

    #[test]
    fn urls_are_read() {
        let full = read("mysql://app:p%40ss@db:3307/dev?tls=skip-verify&parseTime=true&timeout=2s")
            .unwrap();
        assert_eq!(full.place, "db:3307");
        assert_eq!(full.scope.as_deref(), Some("dev"));
        assert_eq!(full.options.get_username(), "app");
        assert!(matches!(
            full.options.get_ssl_mode(),
            MySqlSslMode::Required
        ));
        assert_eq!(full.patience, Duration::from_secs(2));
        let whole = read("mariadb://root@localhost").unwrap();
        assert_eq!(
            (whole.scope, whole.place.as_str()),
            (None, "localhost:3306")
        );
        let socket = read("maria+unix://me@/run/x.sock?database=dev").unwrap();
        assert_eq!(socket.place, "/run/x.sock");
        assert_eq!(
            socket.options.get_socket().unwrap().to_str(),
            Some("/run/x.sock")
        );
        assert_eq!(socket.scope.as_deref(), Some("dev"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_the_password() {
        for bad in [
            "mysql://u:hunter2@h/a/b",
            "mysql://u:hunter2@h/a?tsl=true",
            "mysql://u:hunter2@h/a?tls=maybe",
            "mysql://u:hunter2@h/a?timeout=soon",
            "mysql://u:hunter2@h/a?database=b",
            "mysql+unix://u:hunter2@",
        ] {
            let error = read(bad).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{bad}");
        }
    }
}
