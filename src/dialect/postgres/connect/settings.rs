//! What a `postgres://` URL says, in the driver's terms.
//!
//! The form is libpq's (PostgreSQL manual, "Connection URIs"). Of libpq's environment only what keeps secrets out of
//! files counts: `PGPASSWORD` and the password file, and `PGSSLCERT` with `PGSSLKEY`. Everything else must be in the
//! URL, so that a run means the same on every machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::pgpass;
use crate::config::Secret;
use crate::config::suggest;
use crate::config::url::DbUrl;
use crate::engine::{EngineError, driver, reach};

/// Where packages put the server's socket.
const SOCKETS: &[&str] = &["/run/postgresql", "/var/run/postgresql", "/tmp"];

const KNOWN: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "search_path",
    "connect_timeout",
    "application_name",
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "passfile",
    "options",
    "client_encoding",
    "gssencmode",
    "channel_binding",
    "target_session_attrs",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "sslnegotiation",
    "sslcompression",
];

/// Those that say which server it is, and who connects.
const ADDRESS: &[&str] = &[
    "host", "hostaddr", "port", "user", "password", "dbname", "passfile",
];

/// Parameters that make sense for a server of our own.
pub(super) fn private_params() -> Vec<&'static str> {
    let known = KNOWN.iter().copied();
    known.filter(|key| !ADDRESS.contains(key)).collect()
}

/// Parameters of libpq that change nothing here, with the values for which that is so (any, when none is listed).
const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    ("client_encoding", &["utf8", "utf-8", "auto", "unicode"]),
    ("gssencmode", &["disable", "prefer"]),
    ("channel_binding", &["disable", "prefer"]),
    ("target_session_attrs", &["any", "read-write", "primary"]),
    ("fallback_application_name", &[]),
    ("keepalives", &[]),
    ("keepalives_idle", &[]),
    ("sslnegotiation", &["postgres"]),
    ("sslcompression", &["0"]),
];

/// A database to connect to: `127.0.0.1:5432/app`.
pub(super) type Target = driver::Target<Options>;

/// How it is reached.
#[derive(Clone, Debug)]
pub(in crate::dialect) struct Options {
    /// For the client library.
    pub(super) client: PgConnectOptions,
    /// Kinds of encryption to try, in order.
    pub(super) modes: Vec<PgSslMode>,
}

impl Target {
    /// The same with other options.
    pub(super) fn with(&self, change: impl FnOnce(PgConnectOptions) -> PgConnectOptions) -> Self {
        Self {
            options: Options {
                client: change(self.options.client.clone()),
                modes: self.options.modes.clone(),
            },
            ..self.clone()
        }
    }

    /// The same with another database.
    pub(super) fn with_database(&self, name: &str) -> Self {
        self.with(|options| options.database(name))
    }

    /// The database's name.
    pub(super) fn database(&self) -> &str {
        self.options.client.get_database().unwrap_or_default()
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// For what is unknown, contradicts itself, or names a file that is not there.
    pub(super) fn read(url: &DbUrl) -> Result<Self, EngineError> {
        url.check_params(KNOWN)?;
        url.check_authority()?;
        check_without_effect(url)?;
        let host = host(url)?;
        let port = match url.param("port") {
            Some(text) => text
                .parse()
                .map_err(|_not_a_port| bad("port", text, "a number up to 65535"))?,
            None => url.port().unwrap_or(5432),
        };
        let user = match non_empty(url.param("user")).or(non_empty(url.user())) {
            Some(user) => user.to_owned(),
            None => own_name().ok_or_else(|| {
                EngineError::new(
                    "the URL names no user",
                    "write `postgres://USER@host:5432/DATABASE`",
                )
            })?,
        };
        let database = non_empty(url.param("dbname"))
            .or(non_empty(url.path().strip_prefix('/')))
            .unwrap_or(&user)
            .to_owned();
        let mut options = blank_options()?
            .username(&user)
            .database(&database)
            .port(port);
        let socket = host.starts_with('/');
        options = if socket {
            options.socket(&host)
        } else {
            options.host(&host)
        };
        let password = url
            .param("password")
            .map(Secret::new)
            .or_else(|| url.password().cloned())
            .or_else(|| std::env::var("PGPASSWORD").ok().map(Secret::new))
            .or_else(|| {
                pgpass::find(
                    url.param("passfile").map(Path::new),
                    &host,
                    port,
                    &database,
                    &user,
                )
            });
        if let Some(password) = password {
            options = options.password(password.expose());
        }
        if let Some(name) = non_empty(url.param("application_name")) {
            options = options.application_name(name);
        }
        for (key, value) in server_options(url.param("options").unwrap_or_default())? {
            options = options.options([(key, value)]);
        }
        let (client, modes) = encryption(url, options, socket)?;
        Ok(Self {
            options: Options { client, modes },
            place: format!("{host}:{port}/{database}"),
            scope: scope(url)?,
            patience: patience(url, &host)?,
        })
    }
}

fn non_empty(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn bad(key: &str, value: &str, wanted: &str) -> EngineError {
    EngineError::new(
        format!("`{key}={value}` in the `postgres://` URL is not valid"),
        format!("`{key}` is {wanted}"),
    )
}

fn check_without_effect(url: &DbUrl) -> Result<(), EngineError> {
    for (key, values) in WITHOUT_EFFECT {
        if let Some(value) = url.param(key)
            && !values.is_empty()
            && !values.contains(&value.to_ascii_lowercase().as_str())
        {
            return Err(EngineError::new(
                format!("`{key}={value}` in the `postgres://` URL is not supported"),
                format!("leave it out, or use one of {}", suggest::list(values)),
            ));
        }
    }
    Ok(())
}

fn host(url: &DbUrl) -> Result<String, EngineError> {
    let named = non_empty(url.param("hostaddr"))
        .or(non_empty(url.param("host")))
        .or(non_empty(Some(url.host())));
    match named {
        Some(host) if host.contains(',') => Err(EngineError::new(
            "the URL names several hosts",
            "name the one that trueup should use",
        )),
        Some(host) => Ok(host.to_owned()),
        None => Ok(SOCKETS
            .iter()
            .find(|dir| Path::new(dir).join(".s.PGSQL.5432").exists())
            .map_or_else(|| "localhost".to_owned(), |dir| (*dir).to_owned())),
    }
}

/// The name of the account that we run as.
fn own_name() -> Option<String> {
    let me = rustix::process::geteuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    accounts
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == me).then(|| name.to_owned())
        })
        .or_else(|| std::env::var("USER").ok())
        .filter(|name| !name.is_empty())
}

fn patience(url: &DbUrl, host: &str) -> Result<Duration, EngineError> {
    match url.param("connect_timeout") {
        Some(text) => match text.parse() {
            // libpq's word for ever; a day is as good.
            Ok(0) => Ok(Duration::from_secs(86_400)),
            Ok(seconds) => Ok(Duration::from_secs(seconds)),
            Err(_not_a_number) => Err(bad("connect_timeout", text, "a number of seconds")),
        },
        None => Ok(reach::patience(host)),
    }
}

/// `-c name=value` and `--name=value`, separated by spaces.
fn server_options(text: &str) -> Result<Vec<(String, String)>, EngineError> {
    let mut found = Vec::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("-c") {
            Some("") => words.next().unwrap_or_default(),
            Some(joined) => joined,
            None => word.strip_prefix("--").unwrap_or_default(),
        };
        match setting.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                found.push((name.replace('-', "_"), value.to_owned()));
            }
            _ => return Err(bad("options", text, "a list of `-c NAME=VALUE`")),
        }
    }
    Ok(found)
}

fn encryption(
    url: &DbUrl,
    mut options: PgConnectOptions,
    socket: bool,
) -> Result<(PgConnectOptions, Vec<PgSslMode>), EngineError> {
    let root = file(url, "sslrootcert", "root.crt")?;
    let given = url.param("sslmode").unwrap_or("prefer");
    let modes = match given {
        "disable" => vec![PgSslMode::Disable],
        "allow" => vec![PgSslMode::Disable, PgSslMode::Require],
        "prefer" => vec![PgSslMode::Prefer, PgSslMode::Disable],
        // As libpq has it: a root certificate that was given is there to be used.
        "require" if url.param("sslrootcert").is_some() => vec![PgSslMode::VerifyCa],
        "require" => vec![PgSslMode::Require],
        "verify-ca" => vec![PgSslMode::VerifyCa],
        "verify-full" => vec![PgSslMode::VerifyFull],
        other => {
            let known = [
                "disable",
                "allow",
                "prefer",
                "require",
                "verify-ca",
                "verify-full",
            ];
            return Err(EngineError {
                message: format!("`sslmode={other}` in the `postgres://` URL is not valid"),
                hint: suggest::hint(other, &known, "values"),
            });
        }
    };
    if socket {
        return Ok((options, vec![PgSslMode::Disable]));
    }
    if let Some(root) = root {
        options = options.ssl_root_cert(root);
    }
    let cert = file(url, "sslcert", "postgresql.crt")?;
    let key = file(url, "sslkey", "postgresql.key")?;
    match (cert, key) {
        (Some(cert), Some(key)) => options = options.ssl_client_cert(cert).ssl_client_key(key),
        (Some(_), None) if url.param("sslcert").is_some() => {
            return Err(EngineError::new(
                "`sslcert` is given without `sslkey`",
                "give both",
            ));
        }
        (None, Some(_)) if url.param("sslkey").is_some() => {
            return Err(EngineError::new(
                "`sslkey` is given without `sslcert`",
                "give both",
            ));
        }
        _ => {}
    }
    Ok((options, modes))
}

/// A file that a parameter names, or libpq's default for it when that exists.
fn file(url: &DbUrl, key: &str, default: &str) -> Result<Option<PathBuf>, EngineError> {
    match non_empty(url.param(key)) {
        Some("system") if key == "sslrootcert" => Ok(None),
        Some(path) => {
            std::fs::File::open(path).map_err(|error| {
                // The value of `sslkey` counts as secret, its path included.
                let shown = if key == "sslkey" { "the file" } else { path };
                EngineError::plain(format!(
                    "`{key}` in the `postgres://` URL: can't read {shown}: {error}"
                ))
            })?;
            Ok(Some(PathBuf::from(path)))
        }
        None => Ok(std::env::home_dir()
            .map(|home| home.join(".postgresql").join(default))
            .filter(|path| path.is_file())),
    }
}

/// Options of which none comes from the environment.
///
/// The driver starts from libpq's variables. All that can be is overwritten here or where a URL is read; `PGOPTIONS`
/// can't be, and would change what the database does.
pub(super) fn blank_options() -> Result<PgConnectOptions, EngineError> {
    if std::env::var_os("PGOPTIONS").is_some_and(|value| !value.is_empty()) {
        return Err(EngineError::new(
            "PGOPTIONS is set: it would change how the dev database behaves",
            "unset it for trueup",
        ));
    }
    Ok(PgConnectOptions::new_without_pgpass()
        .host("localhost")
        .port(5432)
        .password("")
        .ssl_root_cert_from_pem(Vec::new())
        .ssl_mode(sqlx::postgres::PgSslMode::Disable)
        .application_name("trueup")
        .disable_statement_logging())
}

/// The schema that `search_path` limits the connection to.
pub(super) fn scope(url: &DbUrl) -> Result<Option<String>, EngineError> {
    let Some(path) = url.param("search_path").map(str::trim) else {
        return Ok(None);
    };
    let name = match path
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None if path.contains(',') => {
            return Err(EngineError::new(
                format!("`search_path={path}` names several schemas"),
                "name one to limit the connection to it, or leave the parameter out for the whole database",
            ));
        }
        None => path.to_owned(),
    };
    if name.is_empty() {
        return Err(EngineError::new(
            "`search_path` in the URL is empty",
            "name a schema, or leave the parameter out for the whole database",
        ));
    }
    Ok(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Target, EngineError> {
        Target::read(&DbUrl::parse(text).unwrap())
    }

    #[test]
    fn urls_are_read() {
        let target =
            read("postgres://me:p%40ss@db.example:5433/app?search_path=public&connect_timeout=7")
                .unwrap();
        let options = &target.options.client;
        assert_eq!(
            (
                options.get_host(),
                options.get_port(),
                options.get_username(),
                target.database()
            ),
            ("db.example", 5433, "me", "app")
        );
        assert_eq!(target.place, "db.example:5433/app");
        assert_eq!(target.scope.as_deref(), Some("public"));
        assert_eq!(target.patience, Duration::from_secs(7));
        assert!(matches!(
            target.options.modes[..],
            [PgSslMode::Prefer, PgSslMode::Disable]
        ));

        let target = read("postgresql:///app?host=/run/pg&user=me").unwrap();
        assert_eq!(
            target.options.client.get_socket(),
            Some(&PathBuf::from("/run/pg"))
        );
        assert!(matches!(target.options.modes[..], [PgSslMode::Disable]));
        let target = read("postgres://me@%2Frun%2Fpg").unwrap();
        assert_eq!(
            (target.database(), target.patience),
            ("me", reach::patience("localhost"))
        );
        let target = read("postgres://h/app?options=-c%20geqo%3Doff%20--work-mem%3D1MB").unwrap();
        assert_eq!(
            target.options.client.get_options(),
            Some("-c geqo=off -c work_mem=1MB")
        );
    }

    #[test]
    fn what_is_wrong_is_named_without_the_password() {
        for (text, part) in [
            (
                "postgres://me:hunter2@h/db?sslmod=require",
                "unknown parameter `sslmod`",
            ),
            (
                "postgres://me:hunter2@h/db?sslmode=requir",
                "`sslmode=requir`",
            ),
            (
                "postgres://me:hunter2@h/db?sslmode=verify-ca&sslrootcert=/nonexistent/ca",
                "/nonexistent/ca",
            ),
            ("postgres://me:hunter2@h,i/db", "several hosts"),
            ("postgres://me:hunter2@h:x/db", "port"),
            (
                "postgres://me:hunter2@h/db?channel_binding=require",
                "not supported",
            ),
            (
                "postgres://me:hunter2@h/db?search_path=a,b",
                "several schemas",
            ),
            (
                "postgres://me:hunter2@h/db?connect_timeout=soon",
                "connect_timeout",
            ),
            ("postgres://me:hunter2@h/db?options=work_mem", "options"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
            assert!(
                error.hint.is_some() || part.starts_with('/') || part == "port",
                "{text}"
            );
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
