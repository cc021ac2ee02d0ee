//! What a `sqlserver://` URL says.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::dialect::mssql::replay::DEFAULT_SCHEMA;
use crate::engine::{EngineError, driver, reach};

/// A server, and the database of it that is meant.
pub(super) type Target = driver::Target<Options>;

/// How a server is reached.
#[derive(Clone, Debug)]
pub(in crate::dialect) struct Options {
    pub(super) host: String,
    pub(super) port: u16,
    /// The user's own where it is not given.
    pub(super) database: Option<String>,
    /// The database that this one stands in for.
    pub(super) stands_for: Option<String>,
    pub(super) login: Login,
    pub(super) encrypt: Encrypt,
    /// The server's certificate is not judged.
    pub(super) trust: bool,
    /// A file with certificates that are trusted besides the system's.
    pub(super) authority: Option<PathBuf>,
    /// The name in the server's certificate, where it is not the host's.
    pub(super) certified: Option<String>,
    pub(super) application: String,
    /// How long a statement may take.
    pub(super) limit: Option<Duration>,
}

/// Whom the server takes us for.
#[derive(Clone, Debug)]
pub(super) enum Login {
    Password { user: String, password: Secret },
    Token(Secret),
}

impl Login {
    /// For messages.
    pub(super) fn user(&self) -> &str {
        match self {
            Self::Password { user, .. } => user,
            Self::Token(_) => "of the token",
        }
    }
}

/// What is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encrypt {
    /// Nothing.
    Never,
    /// Everything, where the server can.
    Offered,
    /// Everything.
    Required,
    /// Everything, from the first byte: TDS 8.
    Strict,
}

/// Parameters that mean something here, in the spelling of Microsoft's Go driver. Their case does not count.
const KNOWN: &[&str] = &[
    "database",
    "mode",
    "encrypt",
    "TrustServerCertificate",
    "certificate",
    "hostNameInCertificate",
    "connection timeout",
    "dial timeout",
    "command timeout",
    "app name",
    "fedauth",
    "user id",
    "password",
];
/// Parameters of that driver that tune how it works and change nothing here.
const IGNORED: &[&str] = &[
    "packet size",
    "keepAlive",
    "log",
    "Workstation ID",
    "ApplicationIntent",
    "protocol",
    "multisubnetfailover",
    "disableRetry",
    "tlsmin",
];
/// The variable of the environment that a token is taken from.
pub(super) const TOKEN: &str = "AZURE_SQL_ACCESS_TOKEN";
/// The way to log in with a token that somebody has.
const WITH_TOKEN: &str = "ActiveDirectoryServicePrincipalAccessToken";

/// Parameters that make sense for a server of our own.
pub(super) fn private_params() -> Vec<&'static str> {
    vec!["mode", "connection timeout", "command timeout", "app name"]
}

fn param<'u>(url: &'u DbUrl, name: &str) -> Option<&'u str> {
    let mut all = url.query().iter();
    let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn check_params(url: &DbUrl) -> Result<(), EngineError> {
    let all = || KNOWN.iter().chain(IGNORED).copied();
    let spelled = url.query().iter().map(|(key, _)| key.as_str());
    let spelled = spelled.filter(|key| all().any(|known| known.eq_ignore_ascii_case(key)));
    let known: Vec<&str> = all().chain(spelled).collect();
    Ok(url.check_params(&known)?)
}

/// Reads a URL of a server.
///
/// # Errors
/// When a parameter is unknown or its value makes no sense.
pub(super) fn target(url: &DbUrl) -> Result<Target, EngineError> {
    url.check_authority()?;
    check_params(url)?;
    let host = match url.host() {
        "" => "localhost",
        host => host,
    };
    let path = url.path().trim_matches('/');
    if !path.is_empty() {
        return Err(EngineError::new(
            format!("{url}: `{path}` would be an instance's name, which is not looked up"),
            "a database is a parameter: `sqlserver://user@host:1433?database=dev`; an instance is reached by its port",
        ));
    }
    let port = url.port().unwrap_or(1433);
    let (encrypt, trust) = encryption(url)?;
    Ok(Target {
        options: Options {
            host: host.to_owned(),
            port,
            database: param(url, "database")
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            stands_for: None,
            login: login(url)?,
            encrypt,
            trust,
            authority: param(url, "certificate").map(PathBuf::from),
            certified: param(url, "hostNameInCertificate").map(str::to_owned),
            application: param(url, "app name").unwrap_or("trueup").to_owned(),
            limit: seconds(url, &["command timeout"])?,
        },
        place: format!("{host}:{port}"),
        scope: scope(url, param(url, "mode"))?,
        patience: patience(url, host)?,
    })
}

/// The schema that a `mode` limits states to.
pub(in crate::dialect::mssql) fn scope(
    url: &DbUrl,
    mode: Option<&str>,
) -> Result<Option<String>, EngineError> {
    match mode.map(str::to_lowercase).as_deref() {
        None | Some("schema") => Ok(Some(DEFAULT_SCHEMA.to_owned())),
        Some("database") => Ok(None),
        Some(other) => Err(EngineError::new(
            format!("{url}: unknown mode `{other}`"),
            "the modes are `schema`, `database`",
        )),
    }
}

fn login(url: &DbUrl) -> Result<Login, EngineError> {
    let password = url.password().cloned();
    let password = password.or_else(|| param(url, "password").map(Secret::new));
    match param(url, "fedauth") {
        None => Ok(Login::Password {
            user: url
                .user()
                .or_else(|| param(url, "user id"))
                .unwrap_or("sa")
                .to_owned(),
            password: password.unwrap_or_else(|| Secret::new("")),
        }),
        Some(way) if way.eq_ignore_ascii_case(WITH_TOKEN) => {
            let token = password.or_else(|| std::env::var(TOKEN).ok().map(Secret::new));
            token.map(Login::Token).ok_or_else(|| {
                EngineError::new(
                    format!("{url} asks for a token, and there is none"),
                    format!(
                        "put it into the environment as {TOKEN}, or into the URL as its password"
                    ),
                )
            })
        }
        Some(way) => Err(EngineError::new(
            format!("{url}: trueup does not log in by `fedauth={way}`"),
            format!(
                "get a token (`az account get-access-token --resource https://database.windows.net/ --query accessToken \
                 --output tsv`), put it into the environment as {TOKEN}, and write `fedauth={WITH_TOKEN}`"
            ),
        )),
    }
}

/// What is encrypted, and whether the certificate is trusted as it is: where nothing is said of either, it is.
fn encryption(url: &DbUrl) -> Result<(Encrypt, bool), EngineError> {
    let said = param(url, "encrypt").map(str::to_lowercase);
    let encrypt = match said.as_deref() {
        Some("disable") => Encrypt::Never,
        None | Some("false" | "optional" | "no" | "0" | "f") => Encrypt::Offered,
        Some("true" | "mandatory" | "yes" | "1" | "t" | "required") => Encrypt::Required,
        Some("strict") => Encrypt::Strict,
        Some(other) => {
            return Err(EngineError::new(
                format!("unknown value `{other}` of `encrypt` in {url}"),
                "it is true, false, strict or disable",
            ));
        }
    };
    let trust = param(url, "TrustServerCertificate").map(str::to_lowercase);
    let trust = match trust.as_deref() {
        None => said.is_none(),
        Some("true" | "1" | "t" | "yes") => true,
        Some("false" | "0" | "f" | "no") => false,
        Some(other) => {
            return Err(EngineError::new(
                format!("unknown value `{other}` of `TrustServerCertificate` in {url}"),
                "it is true or false",
            ));
        }
    };
    // Where no encryption is asked for, none fails for a certificate.
    Ok((
        encrypt,
        trust || matches!(encrypt, Encrypt::Offered) && param(url, "certificate").is_none(),
    ))
}

/// How long a service that is only starting is waited for.
fn patience(url: &DbUrl, host: &str) -> Result<Duration, EngineError> {
    let said = seconds(url, &["connection timeout", "dial timeout"])?;
    Ok(said.unwrap_or_else(|| reach::patience(host)))
}

/// The first of these parameters that is given.
fn seconds(url: &DbUrl, names: &[&str]) -> Result<Option<Duration>, EngineError> {
    let found = names
        .iter()
        .find_map(|name| Some((name, param(url, name)?)));
    let Some((name, text)) = found else {
        return Ok(None);
    };
    let seconds = text.trim_end_matches('s').parse().map(Duration::from_secs);
    seconds.map(Some).map_err(|_invalid| {
        EngineError::new(
            format!("invalid number of seconds `{text}` in `{name}` of {url}"),
            format!("write `{}=30`", name.replace(' ', "+")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Target, EngineError> {
        target(&DbUrl::parse(text).unwrap())
    }

    #[test]
    fn urls_are_read() {
        let full = read(
            "sqlserver://app:p%40ss@db:1434?database=dev&Encrypt=true&trustservercertificate=true&connection+timeout=2",
        )
        .unwrap();
        assert_eq!(full.place, "db:1434");
        assert_eq!(full.options.database.as_deref(), Some("dev"));
        assert_eq!(full.scope.as_deref(), Some("dbo"));
        assert_eq!(full.patience, Duration::from_secs(2));
        assert!(full.options.trust && full.options.encrypt == Encrypt::Required);
        let Login::Password { user, password } = &full.options.login else {
            panic!("a password");
        };
        assert_eq!((user.as_str(), password.expose()), ("app", "p@ss"));
        let plain = read("sqlserver://localhost?mode=DATABASE").unwrap();
        assert_eq!((plain.scope, plain.options.port), (None, 1433));
        assert!(plain.options.trust && plain.options.encrypt == Encrypt::Offered);
        let judged = read("mssql://sa@h?encrypt=true").unwrap();
        assert!(!judged.options.trust);
        let token = read(&format!(
            "azuresql://:ey.J@h?fedauth={WITH_TOKEN}&database=d"
        ))
        .unwrap();
        assert!(matches!(&token.options.login, Login::Token(token) if token.expose() == "ey.J"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_the_password() {
        for (bad, says) in [
            ("sqlserver://u:hunter2@h/dev", "would be an instance's name"),
            (
                "sqlserver://u:hunter2@h?databse=dev",
                "unknown parameter `databse`",
            ),
            (
                "sqlserver://u:hunter2@h?encrypt=maybe",
                "unknown value `maybe` of `encrypt`",
            ),
            (
                "sqlserver://u:hunter2@h?TrustServerCertificate=x",
                "of `TrustServerCertificate`",
            ),
            ("sqlserver://u:hunter2@h?mode=all", "unknown mode `all`"),
            (
                "sqlserver://u:hunter2@h?connection+timeout=soon",
                "invalid number of seconds",
            ),
            (
                "sqlserver://u:hunter2@h?fedauth=ActiveDirectoryDefault",
                "does not log in by",
            ),
            (
                "sqlserver://u@h?password=hunter2&log=1&mode=x",
                "unknown mode `x`",
            ),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.message.contains(says), "{}", error.message);
            assert!(!format!("{error:?}").contains("hunter2"), "{bad}");
        }
    }
}
