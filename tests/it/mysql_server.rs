//! A private MySQL or MariaDB server for tests, started and asked around trueup.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tempfile::TempDir;

use crate::lab::{self, SETUP};

/// A server.
pub(crate) struct Server {
    dir: TempDir,
    supervisor: Child,
    mariadb: bool,
    /// Major and minor.
    version: (u32, u32),
}

impl Server {
    /// Starts MySQL, or MariaDB.
    pub(crate) fn start(mariadb: bool) -> Self {
        let (program, version) = program(mariadb);
        let dir = tempfile::Builder::new()
            .prefix("trueup-test-")
            .tempdir_in("/tmp")
            .expect("a temporary directory");
        let account = account();
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(dir.path(), Some(uid), Some(gid))
                .expect("a directory of the server's");
        }
        let data = dir.path().join("data");
        build(&program, mariadb, &data, account);
        let collation = if mariadb && version < (11, 6) {
            "utf8mb4_general_ci"
        } else if mariadb {
            "utf8mb4_uca1400_ai_ci"
        } else {
            "utf8mb4_0900_ai_ci"
        };
        let mut shell = as_account(Command::new("sh"), account);
        shell
            .args([
                "-c",
                r#""$@" & server=$!; read -r _; kill -KILL $server; wait $server"#,
                "sh",
            ])
            .arg(&program)
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", dir.path().join("s").display()))
            .arg(format!("--pid-file={}", dir.path().join("pid").display()))
            .arg(format!("--tmpdir={}", dir.path().display()))
            .arg("--character-set-server=utf8mb4")
            .arg(format!("--collation-server={collation}"))
            .args([
                "--skip-networking",
                "--skip-log-bin",
                "--innodb-flush-log-at-trx-commit=0",
            ])
            .args([
                "--innodb-doublewrite=0",
                "--performance-schema=OFF",
                "--event-scheduler=OFF",
            ])
            .args(if mariadb {
                &[][..]
            } else {
                &["--mysqlx=OFF", "--secure-file-priv=NULL"][..]
            })
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("log")).expect("a log file"));
        let supervisor = shell.spawn().expect("a shell starts");
        let server = Self {
            dir,
            supervisor,
            mariadb,
            version,
        };
        server.wait_until_ready();
        server
    }

    /// Major and minor version.
    pub(crate) fn version(&self) -> (u32, u32) {
        self.version
    }

    /// The URL of a database, or of the whole server.
    pub(crate) fn url(&self, database: Option<&str>) -> String {
        let scheme = if self.mariadb { "mariadb" } else { "mysql" };
        self.url_as(scheme, database)
    }

    /// The same under another scheme.
    pub(crate) fn url_as(&self, scheme: &str, database: Option<&str>) -> String {
        let socket = self.dir.path().join("s");
        let query = database.map_or_else(String::new, |name| format!("?database={name}"));
        format!("{scheme}+unix://root@{}{query}", socket.display())
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while wait(self.connect("")).is_err() {
            assert!(
                Instant::now() < deadline,
                "the server did not start: {}",
                fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    async fn connect(&self, db: &str) -> Result<MySqlConnection, String> {
        let options = MySqlConnectOptions::new()
            .socket(self.dir.path().join("s"))
            .username("root")
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(None)
            .ssl_mode(sqlx::mysql::MySqlSslMode::Disabled)
            .disable_statement_logging();
        let options = if db.is_empty() {
            options
        } else {
            options.database(db)
        };
        options.connect().await.map_err(|error| error.to_string())
    }

    /// Runs statements one by one.
    pub(crate) fn run(&self, db: &str, statements: &[&str]) -> Result<(), String> {
        wait(async {
            let mut connection = self.connect(db).await?;
            for statement in statements {
                let run = connection
                    .execute(sqlx::raw_sql(AssertSqlSafe(*statement)))
                    .await;
                run.map_err(|error| format!("{error}\nin {statement}"))?;
            }
            connection.close().await.map_err(|error| error.to_string())
        })
    }

    /// The values of a query, as text.
    pub(crate) fn query(&self, db: &str, sql: &str) -> Vec<Vec<String>> {
        wait(async {
            let mut connection = self.connect(db).await.expect("a connection");
            let rows = connection
                .fetch_all(sqlx::raw_sql(AssertSqlSafe(sql)))
                .await
                .unwrap_or_else(|error| panic!("{error}\nin {sql}"));
            rows.iter()
                .map(|row| (0..row.len()).map(|at| text(row, at)).collect())
                .collect()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Its directory goes with `dir`, after this.
        let _ = self.supervisor.wait();
    }
}

fn text(row: &MySqlRow, at: usize) -> String {
    let bytes: Option<Vec<u8>> = row.try_get_unchecked(at).expect("a column");
    bytes.map_or_else(
        || "NULL".to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// Runs to completion on a thread of its own, so that asynchronous tests can use this, too.
fn wait<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future)
    };
    std::thread::scope(|scope| scope.spawn(run).join()).expect("no panic")
}

/// A name in backticks.
pub(crate) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// `PATH` with MySQL's programs where `make test` puts them: Debian has no package of them.
pub(crate) fn path() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/mysql/bin");
    std::env::join_paths(std::env::split_paths(&path).chain([own])).expect("no colon in a path")
}

/// The server's program, and its major and minor version. Some systems call MariaDB's `mysqld`.
fn program(mariadb: bool) -> (PathBuf, (u32, u32)) {
    let path = path();
    let directories = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/libexec")]);
    for directory in directories {
        for name in ["mariadbd", "mysqld"] {
            let program = directory.join(name);
            let Ok(output) = Command::new(&program).arg("--version").output() else {
                continue;
            };
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            if said.contains("MariaDB") != mariadb {
                continue;
            }
            let mut numbers = said
                .split_once(" Ver ")
                .map_or("", |(_, rest)| rest)
                .split(|c: char| !c.is_ascii_digit())
                .map(|number| number.parse().unwrap_or(0));
            let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            return (program, version);
        }
    }
    let product = if mariadb { "MariaDB" } else { "MySQL" };
    panic!("no server programs of {product} on this machine: {SETUP}")
}

fn build(program: &Path, mariadb: bool, data: &Path, account: Option<(u32, u32)>) {
    let mut command = if mariadb {
        let mut command = Command::new("mariadb-install-db");
        command.args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]);
        command
    } else {
        let mut command = Command::new(program);
        command.args([
            "--no-defaults",
            "--initialize-insecure",
            "--secure-file-priv=NULL",
        ]);
        command
    };
    command
        .arg(format!("--datadir={}", data.display()))
        .args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
        ])
        .current_dir("/");
    lab::run(as_account(command, account));
}

/// The servers refuse to run as root: the account that does instead, by number.
fn account() -> Option<(u32, u32)> {
    if rustix::process::geteuid().as_raw() != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let entry = |name: &str| {
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2);
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    };
    Some(
        entry("mysql")
            .or_else(|| entry("nobody"))
            .expect("an account that is not root's"),
    )
}

fn as_account(mut command: Command, account: Option<(u32, u32)>) -> Command {
    use std::os::unix::process::CommandExt as _;
    if let Some((uid, gid)) = account {
        command.uid(uid).gid(gid).env("HOME", "/");
    }
    command
}
