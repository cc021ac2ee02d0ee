//! A MySQL or MariaDB server for tests, started (if none is given) and asked around trueup.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tempfile::TempDir;

use crate::given::{Given, database_name};
use crate::lab::{self, SETUP, Supervisor, as_account};

/// A server.
pub(crate) struct Server {
    place: Place,
    mariadb: bool,
    /// Major and minor.
    version: (u32, u32),
}

enum Place {
    /// Of our own.
    Own {
        /// Dropped before the directory.
        supervisor: Supervisor,
        dir: TempDir,
        /// On 127.0.0.1.
        port: u16,
    },
    /// `TRUEUP_TEST_MYSQL_URL` or `TRUEUP_TEST_MARIADB_URL`.
    Given(Box<Given>),
}

/// The port if a URL has none.
const PORT: u16 = 3306;

/// A user that comes by TCP, and the password; the characters are those that URLs get wrong.
const TCP_USER: (&str, &str) = ("guide", "p@ss/w:rd");

impl Server {
    /// One server for the tests that run at the same time, gone when the last of them ends: the one that the run was
    /// given, or one of our own.
    pub(crate) fn shared(mariadb: bool) -> Arc<Self> {
        static RUNNING: [Mutex<Weak<Server>>; 2] =
            [Mutex::new(Weak::new()), Mutex::new(Weak::new())];
        let mut running = RUNNING[usize::from(mariadb)]
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::given_or_own(mariadb));
            *running = Arc::downgrade(&server);
            server
        })
    }

    /// The server that the run was given, or one of our own.
    pub(crate) fn given_or_own(mariadb: bool) -> Self {
        let product = if mariadb { "mariadb" } else { "mysql" };
        let Some(given) = Given::of(product) else {
            return Self::start(mariadb);
        };
        let mut server = Self {
            place: Place::Given(Box::new(given)),
            mariadb,
            version: (0, 0),
        };
        let said = server.query("", "SELECT VERSION()").concat().concat();
        assert_eq!(
            said.contains("MariaDB"),
            mariadb,
            "the server given for {product} is {said}"
        );
        let mut numbers = said.split('.').map(|number| number.parse().unwrap_or(0));
        server.version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        server
    }

    /// Starts MySQL, or MariaDB.
    pub(crate) fn start(mariadb: bool) -> Self {
        Self::start_with(mariadb, &[])
    }

    /// The same with settings of a test.
    pub(crate) fn start_with(mariadb: bool, settings: &[String]) -> Self {
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
        build(&program, mariadb, &data, account, settings);
        let collation = if mariadb && version < (11, 6) {
            "utf8mb4_general_ci"
        } else if mariadb {
            "utf8mb4_uca1400_ai_ci"
        } else {
            "utf8mb4_0900_ai_ci"
        };
        let port = free_port();
        let mut shell = Supervisor::shell("KILL", "KILL", account);
        shell
            .arg(&program)
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", dir.path().join("s").display()))
            .arg(format!("--pid-file={}", dir.path().join("pid").display()))
            .arg(format!("--tmpdir={}", dir.path().display()))
            .arg("--character-set-server=utf8mb4")
            .arg(format!("--collation-server={collation}"))
            .arg(format!("--port={port}"))
            .args([
                "--bind-address=127.0.0.1",
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
            .args(settings)
            .current_dir(dir.path())
            .stderr(fs::File::create(dir.path().join("log")).expect("a log file"));
        let supervisor = Supervisor::spawn(shell);
        let log = dir.path().join("log");
        let place = Place::Own {
            dir,
            supervisor,
            port,
        };
        let server = Self {
            place,
            mariadb,
            version,
        };
        server.wait_until_ready(&log);
        server
    }

    /// Ends a server of our own as a crash does.
    pub(crate) fn crash(&self) {
        self.supervisor().crash();
    }

    /// Starts it again.
    pub(crate) fn start_again(&self) {
        self.supervisor().start();
        self.wait_until_ready(&self.socket().with_file_name("log"));
    }

    fn supervisor(&self) -> &Supervisor {
        match &self.place {
            Place::Own { supervisor, .. } => supervisor,
            Place::Given(_) => panic!("the test needs a server of its own"),
        }
    }

    /// It was not started by us.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self.place, Place::Given(_))
    }

    /// The port of a server of our own, on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        match &self.place {
            Place::Own { port, .. } => *port,
            Place::Given(_) => panic!("the test needs a server of its own"),
        }
    }

    /// The collation that its databases have if they say nothing.
    pub(crate) fn collation(&self) -> String {
        self.query("", "SELECT @@collation_server")
            .concat()
            .concat()
    }

    /// The same of the version that expected texts are written for.
    pub(crate) fn recorded_collation(&self) -> &'static str {
        if self.mariadb {
            "utf8mb4_general_ci"
        } else {
            "utf8mb4_0900_ai_ci"
        }
    }

    /// Major and minor version.
    pub(crate) fn version(&self) -> (u32, u32) {
        self.version
    }

    /// The URL of a database, or of the whole server.
    pub(crate) fn url(&self, database: Option<&str>) -> String {
        if let Place::Given(given) = &self.place {
            return given.url(database.unwrap_or_default());
        }
        let scheme = if self.mariadb { "mariadb" } else { "mysql" };
        self.url_as(scheme, database)
    }

    /// The same under another scheme.
    pub(crate) fn url_as(&self, scheme: &str, database: Option<&str>) -> String {
        let socket = self.socket();
        let query = database.map_or_else(String::new, |name| format!("?database={name}"));
        format!("{scheme}+unix://root@{}{query}", socket.display())
    }

    /// The URL of a database through the port, as a user who may do everything there and in databases that trueup makes.
    pub(crate) fn tcp_url(&self, database: &str) -> String {
        let (user, password) = TCP_USER;
        let account = format!("'{user}'@'%'");
        self.run(
            "",
            &[
                &format!("CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{password}'"),
                &format!("GRANT ALL ON `{database}`.* TO {account}"),
                &format!("GRANT ALL ON `trueup\\_%`.* TO {account}"),
            ],
        )
        .expect("a user");
        let scheme = if self.mariadb { "mariadb" } else { "mysql" };
        let password = password
            .replace('@', "%40")
            .replace('/', "%2F")
            .replace(':', "%3A");
        let (host, port) = match &self.place {
            Place::Own { port, .. } => ("127.0.0.1".to_owned(), *port),
            Place::Given(given) => (given.host(), given.port().unwrap_or(PORT)),
        };
        format!("{scheme}://{user}:{password}@{host}:{port}/{database}")
    }

    /// The URL of a database for SQLAlchemy.
    pub(crate) fn sqlalchemy_url(&self, database: &str) -> String {
        let dialect = if self.mariadb { "mariadb" } else { "mysql" };
        match &self.place {
            Place::Own { .. } => format!(
                "{dialect}+pymysql://root@/{database}?unix_socket={}",
                self.socket().display()
            ),
            Place::Given(given) => {
                let url = given.url(database);
                let (_, rest) = url.split_once("://").expect("a URL");
                let address = rest.split_once('?').map_or(rest, |(address, _)| address);
                format!("{dialect}+pymysql://{address}")
            }
        }
    }

    /// The socket of a server of our own.
    pub(crate) fn socket(&self) -> PathBuf {
        match &self.place {
            Place::Own { dir, .. } => dir.path().join("s"),
            Place::Given(_) => panic!("the test needs a server of its own"),
        }
    }

    /// Makes an empty database that nobody else uses, gives its name.
    pub(crate) fn database(&self) -> String {
        let name = database_name();
        self.run("", &[&format!("CREATE DATABASE {name}")])
            .expect("a database");
        if let Place::Given(given) = &self.place {
            given.add(&name);
        }
        name
    }

    /// Runs a file with the product's own client, as a user would.
    pub(crate) fn run_file(&self, database: &str, file: &Path) {
        let mut client = Command::new(client(self.mariadb));
        client.args(["--no-defaults", "--batch"]);
        match &self.place {
            Place::Own { .. } => {
                client.arg("--user=root");
                client.arg(format!("--socket={}", self.socket().display()));
            }
            Place::Given(given) => {
                client
                    .arg(format!("--user={}", given.user()))
                    .arg(format!("--password={}", given.password()))
                    .arg(format!("--host={}", given.host()))
                    .arg(format!("--port={}", given.port().unwrap_or(PORT)))
                    .arg("--protocol=tcp");
            }
        }
        client
            .args(["--default-character-set=utf8mb4", database])
            .stdin(fs::File::open(file).expect("the file is there"));
        let output = client.output().expect("the client starts");
        assert!(
            output.status.success(),
            "{}\n{}",
            file.display(),
            lab::both(&output)
        );
    }

    /// Names of a database's tables and views.
    pub(crate) fn tables(&self, database: &str) -> Vec<String> {
        let sql = format!(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}' ORDER BY 1"
        );
        self.query("", &sql)
            .into_iter()
            .map(|row| row.join(""))
            .collect()
    }

    /// A database's schema in the server's own words, without what differs from run to run or with the order of columns.
    pub(crate) fn dump(&self, db: &str) -> String {
        let of = |sql: &str| self.query(db, &sql.replace("{}", &format!("'{db}'")));
        let mut dump = String::new();
        let tables = of(
            "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} ORDER BY 1",
        );
        for table in tables {
            let kind = if table[1].contains("VIEW") {
                "VIEW"
            } else {
                "TABLE"
            };
            let rows = self.query(db, &format!("SHOW CREATE {kind} {}", quote(&table[0])));
            dump.push_str(&normal(&rows[0][1]));
            dump.push('\n');
        }
        let triggers = of(
            "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, TRIM(TRAILING ';' FROM ACTION_STATEMENT) FROM information_schema.TRIGGERS \
                           WHERE TRIGGER_SCHEMA = {} ORDER BY 1",
        );
        let routines = of(
            "SELECT ROUTINE_NAME, ROUTINE_TYPE, TRIM(TRAILING ';' FROM ROUTINE_DEFINITION) FROM information_schema.ROUTINES \
                           WHERE ROUTINE_SCHEMA = {} ORDER BY 1",
        );
        let schema = of(
            "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
                         WHERE SCHEMA_NAME = {}",
        );
        for row in triggers.into_iter().chain(routines).chain(schema) {
            dump.push_str(&row.join(" "));
            dump.push('\n');
        }
        dump
    }

    fn wait_until_ready(&self, log: &Path) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while wait(self.connect("")).is_err() {
            assert!(
                Instant::now() < deadline,
                "the server did not start: {}",
                fs::read_to_string(log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    async fn connect(&self, db: &str) -> Result<MySqlConnection, String> {
        let options = match &self.place {
            Place::Own { .. } => MySqlConnectOptions::new()
                .socket(self.socket())
                .username("root")
                .ssl_mode(MySqlSslMode::Disabled),
            Place::Given(given) => MySqlConnectOptions::new()
                .host(&given.host())
                .port(given.port().unwrap_or(PORT))
                .username(&given.user())
                .password(&given.password()),
        };
        let options = options
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(None)
            .disable_statement_logging();
        let options = if db.is_empty() {
            options
        } else {
            options.database(db)
        };
        options.connect().await.map_err(|error| error.to_string())
    }

    /// Runs a statement as a user of the server that has this password.
    pub(crate) fn run_as(
        &self,
        (user, password): (&str, &str),
        db: &str,
        statement: &str,
    ) -> Result<(), String> {
        wait(async {
            let options = MySqlConnectOptions::new()
                .host("127.0.0.1")
                .port(self.port())
                .username(user)
                .password(password);
            let connection = options.database(db).connect().await;
            let mut connection = connection.map_err(|error| error.to_string())?;
            let run = connection.execute(sqlx::raw_sql(AssertSqlSafe(statement)));
            run.await.map(|_| ()).map_err(|error| error.to_string())
        })
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

    /// Runs of each statement the first form that the server takes, and tells which.
    pub(crate) fn run_first(
        &self,
        db: &str,
        statements: &[Vec<String>],
    ) -> Result<Vec<usize>, String> {
        wait(async {
            let mut connection = self.connect(db).await?;
            let mut ran = Vec::new();
            for forms in statements {
                let mut last = String::new();
                let mut taken = None;
                for (at, form) in forms.iter().enumerate() {
                    let run = connection.execute(sqlx::raw_sql(AssertSqlSafe(form.as_str())));
                    match run.await {
                        Ok(_) => {
                            taken = Some(at);
                            break;
                        }
                        Err(error) => last = format!("{error}\nin {form}"),
                    }
                }
                ran.push(taken.ok_or(last)?);
            }
            connection
                .close()
                .await
                .map_err(|error| error.to_string())?;
            Ok(ran)
        })
    }

    /// The storage engine's numbers of a database's tables: a table that is rewritten gets another one.
    pub(crate) fn table_ids(&self, db: &str) -> BTreeMap<String, String> {
        let tables = if self.mariadb {
            "innodb_sys_tables"
        } else {
            "innodb_tables"
        };
        let sql = format!(
            "SELECT SUBSTRING_INDEX(name, '/', -1), table_id FROM information_schema.{tables} WHERE name LIKE '{db}/%' AND name NOT LIKE '%#%'"
        );
        let rows = self.query("", &sql).into_iter();
        rows.filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone())))
            .collect()
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
        if let Place::Given(given) = &self.place {
            for name in given.take() {
                // A test that fails says more than what it left.
                let _ = self.run("", &[&format!("DROP DATABASE IF EXISTS {name}")]);
            }
            let _ = self.run("", &[&format!("DROP USER IF EXISTS '{}'@'%'", TCP_USER.0)]);
        }
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

/// `SHOW CREATE`'s text without the number that rows moved; lines in the order of their text, since the order of columns
/// is not part of equality.
fn normal(text: &str) -> String {
    let mut lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(','))
        .collect();
    if let [first, middle @ .., last] = lines.as_mut_slice() {
        let _ = (first, last);
        middle.sort_unstable();
    }
    let text = lines.join("\n");
    match text.split_once(" AUTO_INCREMENT=") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{rest}")
        }
        None => text,
    }
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

/// The product's client. What is called `mysql` may be MariaDB's.
fn client(mariadb: bool) -> PathBuf {
    let name = if mariadb { "mariadb" } else { "mysql" };
    std::env::split_paths(&path())
        .map(|directory| directory.join(name))
        .find(|program| {
            let said = Command::new(program).arg("--version").output();
            said.is_ok_and(|said| {
                String::from_utf8_lossy(&said.stdout).contains("MariaDB") == mariadb
            })
        })
        .unwrap_or_else(|| panic!("no client `{name}` of the product on this machine: {SETUP}"))
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

fn build(
    program: &Path,
    mariadb: bool,
    data: &Path,
    account: Option<(u32, u32)>,
    settings: &[String],
) {
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
        // Servers that start remove each other's temporary tables from a directory that they share.
        .arg(format!("--tmpdir={}", data.with_file_name("").display()))
        .args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
        ])
        // What a server is made with, it keeps.
        .args(settings.iter().filter(|one| one.contains("lower-case")))
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
