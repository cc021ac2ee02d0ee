//! `local://postgres[/VERSION][/DATABASE][?search_path=SCHEMA]`: finds the server programs of this machine and starts a
//! private server from them, on a socket, with everything off that only protects data.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgSslMode;

use super::PgDriver;
use super::link;
use super::settings::{self, Options, Target};
use crate::config::url::DbUrl;
use crate::engine::EngineError;
use crate::engine::attend::Attendant;
use crate::engine::dev::{Source, Started};
use crate::engine::local::find::{self, Kind, Request};
use crate::engine::local::{self, ServerProgram, ServerUser, run_tool, start};

const PORT: u16 = 5432;
pub(super) const SUPERUSER: &str = "postgres";
/// Databases that the template holds ready, so that a run need not create them.
const SPARES: [&str; 2] = ["trueup_1", "trueup_2"];
const INITDB_BUDGET: Duration = Duration::from_secs(120);

/// Where distributions put the programs; `*` is a version.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/opt/local/lib/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];

/// Settings of the server, in the order of the file. A change makes a new template.
const SETTINGS: &str = "\
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 20
superuser_reserved_connections = 0
max_locks_per_transaction = 4096
shared_buffers = '128MB'
dynamic_shared_memory_type = mmap
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_replication_slots = 0
max_logical_replication_workers = 0
max_parallel_workers = 0
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
max_wal_size = '4GB'
checkpoint_timeout = '1d'
autovacuum = off
jit = off
track_counts = off
logging_collector = off
log_destination = 'stderr'
log_checkpoints = off
log_min_messages = warning
log_min_error_statement = panic
log_timezone = 'UTC'
timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.english'
";

/// The only people who reach the socket's directory are the account that runs the server and us.
const ACCESS: &str = "local all all trust\n";

const KIND: Kind = Kind {
    name: "postgres",
    display: "PostgreSQL",
    example: "17",
};

/// Programs of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Installation {
    bin: PathBuf,
    /// As `postgres --version` says it: `15.4`, `17beta1`.
    version: String,
    /// The whole line, which names the distributor's build.
    build: String,
}

/// The programs of an installation, and what they are to be started for.
pub(super) struct Programs {
    installation: Installation,
    database: Option<String>,
    scope: Option<String>,
}

impl Programs {
    /// Finds the newest installation that fits the URL.
    ///
    /// # Errors
    /// When none is found, listing what was found instead.
    pub(super) async fn find(url: &DbUrl) -> Result<Self, EngineError> {
        url.check_params(&["search_path"])?;
        let request = Request::read(url, KIND)?;
        Ok(Self {
            scope: settings::scope(url)?,
            installation: choose(installations().await, &request)?,
            database: request.database,
        })
    }
}

#[async_trait]
impl Source<PgDriver> for Programs {
    async fn start(&self, _: &dyn Attendant) -> Result<Started<PgDriver>, EngineError> {
        let target = self.installation.target(Path::new("/"))?;
        let server = start::start(&self.installation).await?;
        let name = self.database.as_deref().unwrap_or(SUPERUSER);
        let target = Target {
            scope: self.scope.clone(),
            ..target.with(|options| options.socket(server.path()).database(name))
        };
        if name != SUPERUSER {
            name_database(&target, name).await?;
        }
        Ok((Box::new(server), target))
    }

    fn spares(&self) -> &'static [&'static str] {
        &SPARES
    }
}

/// Gives the server's one database the name that the URL asks for: renaming is at once, creating is not.
async fn name_database(target: &Target, name: &str) -> Result<(), EngineError> {
    let elsewhere = target.with_database(SPARES[0]);
    let mut connection = link::open(&elsewhere).await?;
    let sql = format!("ALTER DATABASE {SUPERUSER} RENAME TO {}", link::quote(name));
    link::run(&mut connection, sql).await.map_err(|error| {
        EngineError::plain(format!(
            "can't name the local database `{name}`: {}",
            link::said(&error)
        ))
    })?;
    link::close(connection).await;
    Ok(())
}

impl Installation {
    /// How the server in a run's directory is reached.
    fn target(&self, dir: &Path) -> Result<Target, EngineError> {
        let options = settings::blank_options()?
            .socket(dir)
            .port(PORT)
            .username(SUPERUSER)
            .database(SUPERUSER);
        Ok(Target {
            options: Options {
                client: options,
                modes: vec![PgSslMode::Disable],
            },
            place: format!("the local PostgreSQL {} server", self.version),
            scope: None,
            patience: Duration::ZERO,
        })
    }
}

#[async_trait]
impl start::Programs for Installation {
    const ACCOUNTS: &'static [&'static str] = &["postgres"];
    const SOCKET: &'static str = ".s.PGSQL.5432";
    const BUDGET: Duration = Duration::from_secs(60);

    fn template(&self) -> (String, String) {
        (
            format!("postgres-{}", self.version),
            format!(
                "{}\n{}\n{SETTINGS}{ACCESS}2",
                self.build,
                self.bin.display()
            ),
        )
    }

    async fn build(&self, data: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
        build(self, data, user).await
    }

    fn program(&self, dir: &Path) -> ServerProgram {
        let arg = |text: &str| OsString::from(text);
        ServerProgram {
            name: format!("PostgreSQL {}", self.version),
            path: self.bin.join("postgres"),
            args: vec![arg("-D"), dir.join("data").into(), arg("-k"), dir.into()],
            stop_signal: "QUIT",
        }
    }

    async fn probe(&self, dir: &Path) -> Result<(), String> {
        let target = self.target(dir).map_err(|error| error.message)?;
        link::probe(link::attempt(&target).await).await
    }
}

async fn installations() -> Vec<Installation> {
    let mut directories: Vec<PathBuf> = Vec::new();
    for place in PLACES {
        directories.extend(local::versioned_directories(place));
    }
    directories.extend(local::path_directories());
    if let Some(config) = local::programs("pg_config", &local::path_directories()).first()
        && let Ok(said) = run_tool(config, &["--bindir".into()], None, "", INITDB_BUDGET).await
    {
        directories.push(PathBuf::from(said.trim()));
    }
    let installation = |(program, build): (PathBuf, String)| {
        let bin = program.parent()?.to_path_buf();
        local::programs("initdb", std::slice::from_ref(&bin)).first()?;
        let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
        let version = build.split_whitespace().find(is_version);
        Some(Installation {
            version: version.unwrap_or_default().to_owned(),
            bin,
            build,
        })
    };
    let found = find::installed(&["postgres"], &directories).await;
    found.into_iter().filter_map(installation).collect()
}

/// The newest installation that fits.
fn choose(mut found: Vec<Installation>, request: &Request) -> Result<Installation, EngineError> {
    found.sort_by_key(|one| std::cmp::Reverse(numbers(&one.version)));
    let fits = |one: &Installation| {
        let (major, _) = numbers(&one.version);
        let numbers = one
            .version
            .split('.')
            .map(|part| part.parse().unwrap_or(major));
        let numbers: Vec<u32> = numbers.collect();
        major >= link::OLDEST && numbers.starts_with(&request.version)
    };
    let wanted = match &request.version[..] {
        [] => format!("PostgreSQL {} or newer", link::OLDEST),
        _ => format!("PostgreSQL {}", request.version()),
    };
    let hint = |_: &[Installation]| {
        let major = request.version.first();
        let package = major.map_or_else(String::new, |major| format!("-{major}"));
        let major = major.unwrap_or(&17);
        format!(
            "install them (Debian, Ubuntu: `apt-get install postgresql{package}`; Fedora, RHEL: `dnf install \
             postgresql-server`; Alpine: `apk add postgresql{major}`; macOS: `brew install postgresql@{major}`), or give \
             the URL of an empty database as dev: `postgres://user@host:5432/dev`"
        )
    };
    let shown = |one: &Installation| format!("{} in {}", one.version, one.bin.display());
    find::choose(found, fits, &wanted, shown, hint)
}

/// Major and minor; a pre-release is older than the release.
fn numbers(version: &str) -> (u32, i64) {
    let digits = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    let minor = match version[digits..].strip_prefix('.') {
        Some(minor) => minor.parse().unwrap_or(0),
        None if digits < version.len() => -1,
        None => 0,
    };
    (version[..digits].parse().unwrap_or(0), minor)
}

/// Makes a data directory with its spare databases.
async fn build(
    installation: &Installation,
    data: &Path,
    user: Option<&ServerUser>,
) -> Result<(), EngineError> {
    let initdb = installation.bin.join("initdb");
    let mut last = None;
    for locale in ["C.UTF-8", "C"] {
        let mut args: Vec<OsString> = vec!["-D".into(), data.into()];
        for arg in [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--lc-messages=C",
            "--no-sync",
            "--wal-segsize=1",
        ] {
            args.push(arg.into());
        }
        args.push(format!("--locale={locale}").into());
        match run_tool(&initdb, &args, user, "", INITDB_BUDGET).await {
            Ok(_) => {
                last = None;
                break;
            }
            Err(error) => last = Some(error),
        }
        let _ = std::fs::remove_dir_all(data);
    }
    if let Some(error) = last {
        return Err(error);
    }
    let write = |name: &str, text: &str| {
        std::fs::write(data.join(name), text).map_err(|error| {
            EngineError::plain(format!(
                "can't write {}: {error}",
                data.join(name).display()
            ))
        })
    };
    let mut settings = SETTINGS.to_owned();
    if numbers(&installation.version).0 >= 18 {
        // Without it the server starts processes that only read ahead.
        settings.push_str("io_method = sync\n");
    }
    write("postgresql.conf", &settings)?;
    write("pg_hba.conf", ACCESS)?;
    let postgres = installation.bin.join("postgres");
    let args: Vec<OsString> = vec![
        "--single".into(),
        "-D".into(),
        data.into(),
        "template1".into(),
    ];
    let sql: String = SPARES
        .iter()
        .map(|name| format!("CREATE DATABASE {name};\n"))
        .collect();
    run_tool(&postgres, &args, user, &sql, INITDB_BUDGET).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DbUrl {
        DbUrl::parse(text).unwrap()
    }

    #[test]
    fn urls_are_read() {
        let read = |text: &str| Request::read(&url(text), KIND).unwrap();
        assert_eq!(read("local://postgres"), Request::default());
        let full = read("local://postgres/15/app?search_path=public");
        assert_eq!(full.version, [15]);
        assert_eq!(full.database.as_deref(), Some("app"));
        let database = read("local://postgres/app").database;
        assert_eq!(database.as_deref(), Some("app"));
        assert_eq!(read("local://postgres/15.4").version, [15, 4]);
        for bad in [
            "local://postgres/15/app/more",
            "local://postgres/15x",
            "local://me:hunter2@postgres",
            "local://postgres:5432",
        ] {
            let error = Request::read(&url(bad), KIND).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{bad}");
        }
    }

    #[test]
    fn the_newest_fitting_installation_is_chosen() {
        let one = |version: &str| Installation {
            bin: PathBuf::from(format!("/pg/{version}")),
            version: version.to_owned(),
            build: String::new(),
        };
        let all = || {
            vec![
                one("9.6.24"),
                one("15.4"),
                one("17beta1"),
                one("15.10"),
                one("16.0"),
            ]
        };
        let pick = |text: &str| choose(all(), &Request::read(&url(text), KIND).unwrap());
        assert_eq!(pick("local://postgres").unwrap().version, "17beta1");
        assert_eq!(pick("local://postgres/15").unwrap().version, "15.10");
        assert_eq!(pick("local://postgres/15.4").unwrap().version, "15.4");
        let error = pick("local://postgres/14").unwrap_err();
        assert!(
            error
                .message
                .contains("PostgreSQL 14 on this machine, only of 17beta1")
        );
        assert!(error.hint.unwrap().contains("postgresql-14"));
        let error = choose(vec![one("9.6.24")], &Request::default()).unwrap_err();
        assert!(error.message.contains("13 or newer"), "{error}");
        assert!(choose(Vec::new(), &Request::default()).is_err());
    }
}
