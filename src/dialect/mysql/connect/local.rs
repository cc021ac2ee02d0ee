//! `local://mysql[/VERSION][/DATABASE]` and `local://mariadb…`: finds the server programs of this machine and starts
//! private servers from them, on a socket, set as the official images are, with everything off that only protects data.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::mysql::MySqlSslMode;

use super::MyDriver;
use super::link;
use super::settings::{self, Target};
use crate::config::url::DbUrl;
use crate::dialect::mysql::server::{Product, Server};
use crate::engine::EngineError;
use crate::engine::attend::Attendant;
use crate::engine::dev::{Source, Started};
use crate::engine::local::find::{self, Kind, Request};
use crate::engine::local::{self, ServerProgram, ServerUser, run_tool, start};
use crate::sql::object::created;
use crate::sql::token::{Token, tokens};
use crate::sql::{Rules, Statement};

const SOCKET: &str = "mysqld.sock";
/// The database of a URL that names none.
const DEFAULT_DATABASE: &str = "dev";
const BUILD_BUDGET: Duration = Duration::from_secs(180);

/// Where distributions put the programs; `*` is a version.
const PLACES: &[&str] = &[
    "/usr/sbin",
    "/usr/libexec",
    "/usr/local/sbin",
    "/usr/local/libexec",
    "/usr/local/mysql/bin",
    "/usr/local/mariadb/bin",
    "/opt/homebrew/opt/mysql/bin",
    "/opt/homebrew/opt/mysql@*/bin",
    "/opt/homebrew/opt/mariadb/bin",
    "/opt/homebrew/opt/mariadb@*/bin",
    "/usr/local/opt/mysql/bin",
    "/usr/local/opt/mysql@*/bin",
    "/usr/local/opt/mariadb/bin",
    "/usr/local/opt/mariadb@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/mysql/bin",
    "/home/linuxbrew/.linuxbrew/opt/mariadb/bin",
];

/// Settings of a server whose data nobody wants back; `loose-` lets a version that has none of a name ignore it. A change
/// of any of these lists makes a new template.
pub(super) const DISPOSABLE: &[&str] = &[
    "--skip-log-bin",
    "--event-scheduler=OFF",
    "--performance-schema=OFF",
    "--max-allowed-packet=256M",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-stats-persistent=1",
];
/// What keeps the data directories of both products small.
pub(super) const SMALL: &[&str] = &[
    "--loose-mysqlx=OFF",
    "--loose-innodb-redo-log-capacity=8M",
    "--loose-innodb-log-file-size=8M",
];
/// What only a server on a socket can do without.
const SETTINGS: &[&str] = &[
    "--skip-networking",
    "--skip-name-resolve",
    "--max-connections=20",
];
const MYSQL_SETTINGS: &[&str] = &[
    "--loose-mysqlx=OFF",
    "--loose-innodb-redo-log-capacity=8M",
    "--secure-file-priv=NULL",
    "--loose-auto-generate-certs=OFF",
    "--loose-caching-sha2-password-auto-generate-rsa-keys=OFF",
];
const MARIADB_SETTINGS: &[&str] = &["--loose-innodb-log-file-size=8M"];

/// The programs of one installation, and what they are to be started for.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    installation: Installation,
    scope: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Installation {
    program: PathBuf,
    server: Server,
    /// The whole line of `--version`, which names the distributor's build.
    build: String,
}

impl Programs {
    /// Finds the newest installation that fits the URL.
    ///
    /// # Errors
    /// When none is found, listing what was found instead.
    pub(super) async fn find(url: &DbUrl, product: Product) -> Result<Self, EngineError> {
        let (request, scope) = request(url, product)?;
        let mut directories = local::path_directories();
        for place in PLACES {
            directories.extend(local::versioned_directories(place));
        }
        let installation = |(program, build): (PathBuf, String)| {
            Some(Installation {
                program,
                server: version(&build)?,
                build,
            })
        };
        let found = find::installed(&["mariadbd", "mysqld"], &directories).await;
        let found = found.into_iter().filter_map(installation).collect();
        Ok(Self {
            installation: choose(found, &request, product)?,
            scope,
        })
    }
}

#[async_trait]
impl Source<MyDriver> for Programs {
    async fn start(&self, _: &dyn Attendant) -> Result<Started<MyDriver>, EngineError> {
        let server = start::start(&self.installation).await?;
        let mut target = target(server.path(), &self.installation.server);
        target.scope.clone_from(&self.scope);
        Ok((Box::new(server), target))
    }
}

/// How the server in a run's directory is reached.
fn target(dir: &Path, server: &Server) -> Target {
    Target {
        options: settings::blank_options()
            .socket(dir.join(SOCKET))
            .username("root")
            .ssl_mode(MySqlSslMode::Disabled),
        place: format!("the local {} server", server.text()),
        scope: None,
        patience: Duration::ZERO,
    }
}

#[async_trait]
impl start::Programs for Installation {
    const ACCOUNTS: &'static [&'static str] = &["mysql"];
    const SOCKET: &'static str = SOCKET;
    const BUDGET: Duration = Duration::from_secs(90);

    fn template(&self) -> (String, String) {
        let (major, minor, patch) = self.server.version;
        (
            format!("{}-{major}.{minor}.{patch}", self.server.product.name()),
            format!(
                "{}\n{}\n{}\n1",
                self.build,
                self.program.display(),
                self.settings().join("\n")
            ),
        )
    }

    async fn build(&self, data: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
        Self::build(self, data, user).await
    }

    fn program(&self, dir: &Path) -> ServerProgram {
        let mut args: Vec<OsString> = vec!["--no-defaults".into()];
        args.push(flag("--datadir=", &dir.join("data")));
        args.push(flag("--socket=", &dir.join(SOCKET)));
        args.push(flag("--pid-file=", &dir.join("mysqld.pid")));
        args.push(flag("--tmpdir=", dir));
        args.extend(self.settings().iter().map(OsString::from));
        ServerProgram {
            name: self.server.text(),
            path: self.program.clone(),
            args,
            // Nothing on it is worth an orderly end.
            stop_signal: "KILL",
        }
    }

    async fn probe(&self, dir: &Path) -> Result<(), String> {
        link::probe(link::attempt(&target(dir, &self.server)).await).await
    }
}

fn flag(name: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(path);
    flag
}

impl Installation {
    /// What the server is started with, but for its places.
    fn settings(&self) -> Vec<String> {
        let (charset, collation) = self.server.image_charset();
        let own = match self.server.product {
            Product::MySql => MYSQL_SETTINGS,
            Product::MariaDb => MARIADB_SETTINGS,
        };
        let mut settings: Vec<String> = vec![
            format!("--character-set-server={charset}"),
            format!("--collation-server={collation}"),
        ];
        settings.extend(
            SETTINGS
                .iter()
                .chain(DISPOSABLE)
                .chain(own)
                .map(|text| (*text).to_owned()),
        );
        settings
    }

    /// Makes a data directory.
    async fn build(&self, data: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
        let mut args: Vec<OsString> = vec!["--no-defaults".into(), flag("--datadir=", data)];
        // A server that starts removes the temporary tables of another one from a directory that both have.
        if let Some(parent) = data.parent() {
            args.push(flag("--tmpdir=", parent));
        }
        let program = match self.server.product {
            Product::MySql => {
                args.push("--initialize-insecure".into());
                for setting in [
                    "--innodb-doublewrite=0",
                    "--innodb-flush-log-at-trx-commit=0",
                ] {
                    args.push(setting.into());
                }
                args.extend(MYSQL_SETTINGS.iter().map(OsString::from));
                self.program.clone()
            }
            Product::MariaDb => {
                for setting in [
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                    "--innodb-doublewrite=0",
                    "--innodb-flush-log-at-trx-commit=0",
                ] {
                    args.push(setting.into());
                }
                args.extend(MARIADB_SETTINGS.iter().map(OsString::from));
                self.install_program()?
            }
        };
        run_tool(&program, &args, user, "", BUILD_BUDGET).await?;
        Ok(())
    }

    /// MariaDB's program that makes data directories: next to the server, or in PATH.
    fn install_program(&self) -> Result<PathBuf, EngineError> {
        let here = self.program.parent().unwrap_or(Path::new("/"));
        let mut directories = vec![here.to_owned()];
        for sibling in ["bin", "scripts"] {
            directories.push(here.with_file_name(sibling));
        }
        directories.extend(local::path_directories());
        ["mariadb-install-db", "mysql_install_db"]
            .iter()
            .find_map(|name| local::programs(name, &directories).into_iter().next())
            .ok_or_else(|| {
                EngineError::new(
                    format!(
                        "there is no `mariadb-install-db` next to {} or in PATH",
                        self.program.display()
                    ),
                    "install the whole of MariaDB's server package",
                )
            })
    }
}

/// Reads `--version`: `…/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))`.
fn version(build: &str) -> Option<Server> {
    let (_, after) = build.split_once(" Ver ")?;
    let word = after.split_whitespace().next()?;
    Server::parse(word)
}

/// What the URL asks for, and the one database that states are limited to.
fn request(url: &DbUrl, product: Product) -> Result<(Request, Option<String>), EngineError> {
    url.check_params(&["scope"])?;
    let kind = Kind {
        name: product.name(),
        display: product.display(),
        example: match product {
            Product::MySql => "8.4/dev",
            Product::MariaDb => "10.11/dev",
        },
    };
    let request = Request::read(url, kind)?;
    let scope = match (url.param("scope"), &request.database) {
        (None, Some(database)) => Some(database.clone()),
        (None, None) => Some(DEFAULT_DATABASE.to_owned()),
        (Some("server"), None) => None,
        (Some("server"), Some(_)) => {
            return Err(EngineError::new(
                format!("{url} names one database and asks for all"),
                "leave out the database, or `scope=server`",
            ));
        }
        (Some(other), _) => {
            return Err(EngineError::new(
                format!("unknown scope `{other}` in {url}"),
                "the scope is one database, which the path names, or `scope=server`",
            ));
        }
    };
    Ok((request, scope))
}

/// The URL for these migrations, where it leaves open how much of the server is compared: they may leave databases behind.
/// One that they `USE` is the only one unless they make others, whose names every statement then says. None is settled
/// where a table needs the default database, or the URL can't say the name.
pub(super) fn settle(url: &DbUrl, product: Product, migrations: &[Statement]) -> Option<DbUrl> {
    let open = url.scheme() == "local" && url.param("scope").is_none();
    if !open || request(url, product).ok()?.0.database.is_some() {
        return None;
    }
    let (mut used, mut all) = (BTreeSet::new(), BTreeSet::new());
    let mut by_default = false;
    for statement in migrations {
        let words: Vec<Token<'_>> = tokens(&statement.text, &Rules::MYSQL).collect();
        match &words[..] {
            [r#use, name, ..] if r#use.is("USE") => {
                used.extend(name.name().map(Cow::into_owned));
                all.extend(name.name().map(Cow::into_owned));
            }
            [drop, what, rest @ ..] if drop.is("DROP") && what.is_any(&["DATABASE", "SCHEMA"]) => {
                let mut rest = rest.iter().filter(|word| !word.is_any(&["IF", "EXISTS"]));
                if let Some(name) = rest.next().and_then(|word| word.name()) {
                    used.remove(name.as_ref());
                    all.remove(name.as_ref());
                }
            }
            [create, table, rest @ ..] if create.is("CREATE") && table.is("TABLE") => {
                let mut rest = rest
                    .iter()
                    .skip_while(|word| word.is_any(&["IF", "NOT", "EXISTS"]));
                let dot = rest.nth(1).is_some_and(|next| next.symbol("."));
                by_default |= !dot && used.is_empty();
            }
            _ => {
                let made = created(&statement.text, &Rules::MYSQL).into_iter();
                let made = made.filter(|made| made.kind == "schema");
                all.extend(made.map(|made| made.name));
            }
        }
    }
    match (all.len(), used.first()) {
        (0, _) => None,
        (1, Some(name)) => {
            let path = format!("{}/{name}", url.path().trim_end_matches('/'));
            let url = url.clone().with_path(&path);
            let database = request(&url, product).ok()?.0.database;
            (database.as_ref() == Some(name)).then_some(url)
        }
        _ if by_default => None,
        _ => Some(url.clone().with_param("scope", Some("server"))),
    }
}

fn choose(
    mut found: Vec<Installation>,
    request: &Request,
    product: Product,
) -> Result<Installation, EngineError> {
    found.sort_by_key(|one| std::cmp::Reverse(one.server.version));
    let fits = |one: &Installation| {
        let (major, minor, patch) = one.server.version;
        one.server.product == product
            && !one.server.too_old()
            && [major, minor, patch].starts_with(&request.version)
    };
    let display = product.display();
    let hint = |found: &[Installation]| {
        let other = found.iter().find(|one| one.server.product != product);
        match (product, other) {
            (_, Some(other)) if request.version.is_empty() => format!(
                "they are not the same: write `local://{}/dev` if {} is what you run, install {display}, or give the URL of \
                 an empty database as dev",
                other.server.product.name(),
                other.server.product.display()
            ),
            (Product::MySql, _) => "install it (Ubuntu: `apt-get install mysql-server`; Fedora: `dnf install \
                 community-mysql-server`; macOS: `brew install mysql`; Debian has it in unstable only), or give the URL of \
                 an empty database as dev: `mysql://user@host:3306/dev`"
                .to_owned(),
            (Product::MariaDb, _) => "install it (Debian, Ubuntu: `apt-get install mariadb-server`; Fedora, RHEL: `dnf \
                 install mariadb-server`; Alpine: `apk add mariadb`; macOS: `brew install mariadb`), or give the URL of an \
                 empty database as dev: `mariadb://user@host:3306/dev`"
                .to_owned(),
        }
    };
    let wanted = format!("{display} {}", request.version());
    let shown = |one: &Installation| format!("{} ({})", one.server.text(), one.program.display());
    find::choose(found, fits, wanted.trim_end(), shown, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ScanOptions, scan};

    fn read(text: &str, product: Product) -> Result<(Request, Option<String>), EngineError> {
        request(&DbUrl::parse(text).unwrap(), product)
    }

    fn one(build: &str) -> Installation {
        let build = format!("/usr/sbin/mysqld  Ver {build} for Linux on x86_64");
        Installation {
            program: PathBuf::from("/usr/sbin/mysqld"),
            server: version(&build).unwrap(),
            build,
        }
    }

    #[test]
    fn urls_are_read() {
        let plain = read("local://mysql", Product::MySql).unwrap();
        assert_eq!(plain.1.as_deref(), Some("dev"));
        let (full, scope) = read("local://mariadb/10.11/app", Product::MariaDb).unwrap();
        assert_eq!(full.version, [10, 11]);
        assert_eq!(scope.as_deref(), Some("app"));
        let settled = |url: &str, sql| {
            let url = DbUrl::parse(url).unwrap();
            let migrations = scan(sql, &ScanOptions::MYSQL).unwrap().statements;
            settle(&url, Product::MariaDb, &migrations).map(|url| url.expose().to_owned())
        };
        let one = "CREATE DATABASE IF NOT EXISTS shop; USE `shop`; CREATE TABLE t (a int)";
        let several = "CREATE SCHEMA crm; CREATE DATABASE bill; CREATE TABLE crm.t (a int)";
        let passing = "CREATE TABLE a (id int); CREATE DATABASE tmp; DROP DATABASE IF EXISTS tmp";
        let beside = "CREATE TABLE a (id int); CREATE DATABASE stats";
        for (url, sql, expected) in [
            ("local://mariadb", one, Some("local://mariadb/shop")),
            (
                "local://mariadb/10.11",
                one,
                Some("local://mariadb/10.11/shop"),
            ),
            (
                "local://mariadb",
                several,
                Some("local://mariadb?scope=server"),
            ),
            ("local://mariadb/dev", several, None),
            ("local://mariadb", passing, None),
            ("local://mariadb", beside, None),
            (
                "local://mariadb",
                "CREATE DATABASE `2024`; USE `2024`",
                None,
            ),
            ("local://mariadb", "CREATE DATABASE `a/b`; USE `a/b`", None),
            (
                "local://mariadb/10.11",
                "CREATE DATABASE `2024`; USE `2024`",
                Some("local://mariadb/10.11/2024"),
            ),
            ("local://mariadb?scope=server", one, None),
            ("local://mariadb", "CREATE TABLE t (a int)", None),
            ("mariadb://root@localhost", several, None),
        ] {
            assert_eq!(settled(url, sql).as_deref(), expected, "{url} {sql}");
        }
        let server = read("local://mysql?scope=server", Product::MySql).unwrap();
        assert_eq!(server.1, None);
        for bad in [
            "local://mysql/8/a/b",
            "local://mysql/8x",
            "local://mysql?tls=true",
            "local://mysql/a?scope=server",
            "local://mysql?scope=all",
            "local://me:hunter2@mysql",
            "local://mysql:3306",
        ] {
            let error = read(bad, Product::MySql).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{bad}");
        }
    }

    #[test]
    fn one_product_is_not_taken_for_the_other() {
        let all = || {
            vec![
                one("10.11.19-MariaDB-0+deb12u1"),
                one("8.0.40"),
                one("9.7.4-2"),
            ]
        };
        let pick = |text: &str, product| choose(all(), &read(text, product).unwrap().0, product);
        let version = |text: &str, product| pick(text, product).unwrap().server.version;
        assert_eq!(version("local://mysql", Product::MySql), (9, 7, 4));
        assert_eq!(version("local://mysql/8", Product::MySql), (8, 0, 40));
        assert_eq!(
            version("local://mariadb/10", Product::MariaDb),
            (10, 11, 19)
        );
        assert!(pick("local://mysql/8.4", Product::MySql).is_err());
        let only = vec![one("10.11.19-MariaDB")];
        let (request, _) = read("local://mysql", Product::MySql).unwrap();
        let error = choose(only, &request, Product::MySql).unwrap_err();
        assert!(
            error
                .message
                .contains("only of MariaDB 10.11.19 (/usr/sbin/mysqld)"),
            "{error}"
        );
        assert!(error.hint.unwrap().contains("local://mariadb/dev"));
    }
}
