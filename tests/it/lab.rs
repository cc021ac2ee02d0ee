//! What the tests need of the machine: a PostgreSQL server, the Python environment, a patient subprocess. Whatever
//! is missing is a failure that says how it is put right, never a reason to skip.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use crate::given::{Given, database_name};

/// Ends every message about something that is not on the machine.
pub(crate) const SETUP: &str = "`make test` sets it up (scripts/setup.sh alone does, too)";

/// A PostgreSQL server, and the client programs for it.
pub(crate) struct Postgres {
    bin: PathBuf,
    place: Place,
}

enum Place {
    /// Of our own on a socket, gone with this process.
    Own {
        /// Dropped before the directory.
        supervisor: Supervisor,
        dir: TempDir,
    },
    /// `TRUEUP_TEST_POSTGRES_URL`.
    Given(Box<Given>),
}

/// A shell that runs a server, and ends it when our end of the pipe closes, even when we are killed.
pub(crate) struct Supervisor(Child);

impl Supervisor {
    /// The shell; the server's program and arguments are to follow. `crash` and `end` are signals.
    pub(crate) fn shell(crash: &str, end: &str, account: Option<(u32, u32)>) -> Command {
        let script = format!(
            r#"unset LC_ALL
            while :; do
                TZ=UTC "$@" >/dev/null & server=$!
                read -r _ || break
                kill -{crash} $server; wait $server; echo
                read -r _ || exit
            done
            kill -{end} $server; wait $server"#
        );
        let mut shell = as_account(Command::new("sh"), account);
        shell.args(["-c", &script, "sh"]);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        shell
    }

    pub(crate) fn spawn(mut shell: Command) -> Self {
        Self(shell.spawn().expect("a shell starts"))
    }

    fn signal(&self) {
        let mut stdin = self.0.stdin.as_ref().expect("a pipe");
        stdin.write_all(b"\n").expect("the shell reads");
    }

    /// Ends the server as a crash does.
    pub(crate) fn crash(&self) {
        self.signal();
        let stdout = self.0.stdout.as_ref().expect("a pipe");
        rustix::io::read(stdout, &mut [0; 1]).expect("the shell says that it ended");
    }

    /// Starts the server that crashed.
    pub(crate) fn start(&self) {
        self.signal();
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

impl Postgres {
    /// The server that the run was given, or one of our own.
    pub(crate) fn given_or_own() -> Self {
        let Some(given) = Given::of("postgres") else {
            return Self::start();
        };
        let server = Self {
            bin: programs(&["psql", "pg_dump"]),
            place: Place::Given(Box::new(given)),
        };
        server.sql("postgres", "SELECT 1");
        server
    }

    /// Makes a cluster and starts it, without durability.
    pub(crate) fn start() -> Self {
        Self::start_in("/tmp".as_ref(), &[])
    }

    /// The same in a directory, with settings of a test.
    pub(crate) fn start_in(parent: &Path, settings: &[&str]) -> Self {
        let bin = programs(&["initdb", "postgres", "psql", "pg_dump"]);
        let dir = tempfile::Builder::new()
            .prefix("trueup-test-")
            .tempdir_in(parent)
            .expect("a temporary directory");
        let account = account();
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(dir.path(), Some(uid), Some(gid))
                .expect("the server's account gets its directory");
        }
        let data = dir.path().join("data");
        let mut initdb = as_account(Command::new(bin.join("initdb")), account);
        initdb
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .current_dir(dir.path());
        run(initdb);
        let mut shell = Supervisor::shell("QUIT", "INT", account);
        shell
            .arg(bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(dir.path())
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
            ])
            .args([
                "-c",
                "full_page_writes=off",
                "-c",
                "timezone=UTC",
                "-c",
                "max_connections=50",
            ])
            .args(settings)
            .current_dir(dir.path())
            .stderr(fs::File::create(dir.path().join("log")).expect("a log file"));
        let supervisor = Supervisor::spawn(shell);
        let log = dir.path().join("log");
        let server = Self {
            bin,
            place: Place::Own { dir, supervisor },
        };
        server.wait_until_ready(&log);
        server
    }

    /// Ends a server of our own as a crash does: what it had not written is recovered when it starts again.
    pub(crate) fn crash(&self) {
        self.supervisor().crash();
    }

    /// Starts it again.
    pub(crate) fn start_again(&self) {
        self.supervisor().start();
        self.wait_until_ready(&self.own_dir().join("log"));
    }

    fn supervisor(&self) -> &Supervisor {
        match &self.place {
            Place::Own { supervisor, .. } => supervisor,
            Place::Given(_) => panic!("the test needs a server of its own"),
        }
    }

    fn wait_until_ready(&self, log: &Path) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let probe = self
                .client("psql", "postgres")
                .args(["-c", "SELECT 1"])
                .output()
                .expect("psql starts");
            if probe.status.success() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "the server did not start: {}",
                fs::read_to_string(log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The directory of a server of our own.
    pub(crate) fn own_dir(&self) -> &Path {
        match &self.place {
            Place::Own { dir, .. } => dir.path(),
            Place::Given(_) => panic!("the test needs a server of its own"),
        }
    }

    /// It was not started by us.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self.place, Place::Given(_))
    }

    /// Its major version.
    pub(crate) fn major(&self) -> u32 {
        let text = self.sql("postgres", "SHOW server_version_num");
        text.trim().parse::<u32>().expect("a version number") / 10_000
    }

    /// The URL of a database on it, in the form that libpq and trueup understand.
    pub(crate) fn url(&self, database: &str) -> String {
        match &self.place {
            Place::Own { dir, .. } => {
                let dir = dir.path().display().to_string().replace('/', "%2F");
                format!("postgres://postgres@/{database}?host={dir}")
            }
            Place::Given(given) => given.url(database),
        }
    }

    /// How sqlx finds a database on it.
    pub(crate) fn options(&self, database: &str) -> PgConnectOptions {
        match &self.place {
            Place::Own { dir, .. } => PgConnectOptions::new()
                .socket(dir.path())
                .username("postgres")
                .database(database),
            Place::Given(given) => given.url(database).parse().expect("a URL"),
        }
    }

    /// The URL of a database for SQLAlchemy.
    pub(crate) fn sqlalchemy_url(&self, database: &str) -> String {
        let url = self.url(database);
        let (_, rest) = url.split_once("://").expect("a URL");
        format!("postgresql+psycopg2://{rest}")
    }

    /// One of its client programs, pointed at a database.
    pub(crate) fn client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .arg(format!("--dbname={}", self.url(database)))
            .env("PGOPTIONS", "-c client_min_messages=warning");
        if program == "psql" {
            command.args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "-v",
                "ON_ERROR_STOP=1",
            ]);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs one statement through psql and gives its output.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> String {
        let mut psql = self.client("psql", database);
        psql.args(["-c", statement]);
        run(psql)
    }

    /// Runs a file as a user would.
    pub(crate) fn run_file(&self, database: &str, file: &Path) {
        let mut psql = self.client("psql", database);
        psql.arg("-f").arg(file);
        run(psql);
    }

    /// Makes an empty database, gives its name.
    pub(crate) fn database(&self) -> String {
        let name = database_name();
        self.sql(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        );
        if let Place::Given(given) = &self.place {
            given.add(&name);
        }
        name
    }

    /// The schema as pg_dump writes it, without what differs from run to run or with the order of columns.
    pub(crate) fn dump(&self, database: &str) -> String {
        let mut dump = self.client("pg_dump", database);
        dump.args(["--schema-only", "--no-owner", "--no-privileges"]);
        normal_dump(&run(dump))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Place::Given(given) = &self.place {
            let drop = given
                .take()
                .into_iter()
                .map(|name| format!("--command=DROP DATABASE {name}"));
            let drop: Vec<String> = drop.collect();
            if !drop.is_empty() {
                // A test that fails says more than what it left.
                let _ = self.client("psql", "postgres").args(drop).output();
            }
        }
    }
}

/// Statements in the order of the dump (which is that of kinds and names), columns and constraints in the order of their
/// text, since the order of columns is not part of equality.
fn normal_dump(text: &str) -> String {
    let mut out = String::new();
    let mut body: Option<Vec<String>> = None;
    for line in text.lines() {
        let noise = line.is_empty()
            || line.starts_with("--")
            || line.starts_with("SET ")
            || line.starts_with('\\')
            || line.starts_with("SELECT pg_catalog.set_config");
        if noise {
            continue;
        }
        if let Some(lines) = &mut body {
            if line.starts_with(')') {
                lines.sort();
                for line in lines.drain(..) {
                    out.push_str(&line);
                    out.push('\n');
                }
                body = None;
            } else {
                lines.push(one_spelling(line.trim_end_matches(',')));
                continue;
            }
        }
        out.push_str(&one_spelling(line));
        out.push('\n');
        if line.ends_with('(')
            && (line.starts_with("CREATE TABLE") || line.starts_with("CREATE UNLOGGED TABLE"))
        {
            body = Some(Vec::new());
        }
    }
    // Comments stand in the order of the columns.
    let of_column = |line: &&str| line.starts_with("COMMENT ON COLUMN") && line.ends_with(';');
    let mut lines: Vec<&str> = out.lines().collect();
    for run in lines.chunk_by_mut(|one, two| of_column(one) && of_column(two)) {
        run.sort_unstable();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// `x IN ('a')` on a `varchar` column is first written as `(ARRAY['a'::character varying])::text[]`, and after a round
/// through the server as `ARRAY[('a'::character varying)::text]`: a dump of a restored dump differs, too.
fn one_spelling(line: &str) -> String {
    let (open, close, cast) = ("(ARRAY[", "])::text[]", "::character varying");
    let Some((before, rest)) = line.split_once(open) else {
        return line.to_owned();
    };
    let Some((items, after)) = rest.split_once(close) else {
        return line.to_owned();
    };
    let items: Vec<&str> = items.split(&format!("{cast}, ")).collect();
    let items: Vec<String> = items
        .iter()
        .map(|item| format!("({}{cast})::text", item.trim_end_matches(cast)))
        .collect();
    format!("{before}ARRAY[{}]{}", items.join(", "), one_spelling(after))
}

/// The directory of the newest version that has these programs.
fn programs(names: &[&str]) -> PathBuf {
    let mut found: Vec<PathBuf> = Vec::new();
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            found.push(entry.path().join("bin"));
        }
    }
    let number = |path: &PathBuf| {
        let digits: String = path
            .to_string_lossy()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        digits.parse::<u32>().unwrap_or(0)
    };
    found.sort_by_key(|path| std::cmp::Reverse(number(path)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let chosen = std::env::var_os("TRUEUP_TEST_POSTGRES_BIN").map(PathBuf::from);
    chosen
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(found)
        .find(|dir| names.iter().all(|name| dir.join(name).exists()))
        .unwrap_or_else(|| panic!("no PostgreSQL with {names:?} on this machine: {SETUP}"))
}

/// PostgreSQL refuses to run as root: the account that does instead, by number.
pub(crate) fn account() -> Option<(u32, u32)> {
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
        entry("postgres")
            .or_else(|| entry("nobody"))
            .expect("an account that is not root's"),
    )
}

pub(crate) fn as_account(mut command: Command, account: Option<(u32, u32)>) -> Command {
    use std::os::unix::process::CommandExt as _;
    if let Some((uid, gid)) = account {
        command.uid(uid).gid(gid).env("HOME", "/");
    }
    command
}

/// Runs a command that must succeed and gives its stdout.
pub(crate) fn run(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output
        .unwrap_or_else(|error| panic!("{}: {error}; {SETUP}", command.get_program().display()));
    assert!(
        output.status.success(),
        "{command:?} failed\n{}",
        both(&output)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Everything that a command printed, for a message.
pub(crate) fn both(output: &Output) -> String {
    format!(
        "status: {}\nstdout:\n{}\nstderr:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The Python environment with the provider: its `bin` directory.
pub(crate) fn python_bin() -> PathBuf {
    let venv = std::env::var_os("TRUEUP_TEST_VENV").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv"),
        PathBuf::from,
    );
    let bin = venv.join("bin");
    assert!(
        bin.join("atlas-provider-sqlalchemy").exists(),
        "no Python environment with the provider at {}: {SETUP}",
        venv.display()
    );
    bin
}

#[cfg(test)]
mod tests {
    use super::one_spelling;

    #[test]
    fn lists_of_strings_have_one_spelling() {
        let first = "CHECK (((a)::text = ANY ((ARRAY['x, y'::character varying, 'it''s'::character varying])::text[])))";
        let later = "CHECK (((a)::text = ANY (ARRAY[('x, y'::character varying)::text, ('it''s'::character varying)::text])))";
        assert_eq!(one_spelling(first), later);
        assert_eq!(one_spelling(later), later);
    }
}
