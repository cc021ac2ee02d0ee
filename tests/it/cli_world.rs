//! A project in a temporary directory, and the built binary run in it with nothing of this machine's environment.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The models of most tests: two tables, the second of them with a foreign key.
pub(crate) const MODELS: &str = "\
-- atlas:pos users[type=table] db/models.py:10
-- atlas:pos address[type=table] db/models.py:20

CREATE TABLE users (id INTEGER NOT NULL, name VARCHAR(30) NOT NULL, PRIMARY KEY (id));

CREATE TABLE address (id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES users (id));
";

/// `MODELS` with another column in `users`.
pub(crate) fn models_with_age() -> String {
    MODELS.replace(
        "name VARCHAR(30) NOT NULL,",
        "name VARCHAR(30) NOT NULL, age INTEGER,",
    )
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Requires an exit code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Requires the whole of stdout.
    #[track_caller]
    pub(crate) fn out(self, out: &str) -> Self {
        assert_eq!(self.out, out, "stderr: {}", self.err);
        self
    }

    /// Requires the whole of stderr.
    #[track_caller]
    pub(crate) fn err(self, err: &str) -> Self {
        assert_eq!(self.err, err, "stdout: {}", self.out);
        self
    }

    /// Requires a part of stderr.
    #[track_caller]
    pub(crate) fn err_has(self, part: &str) -> Self {
        assert!(self.err.contains(part), "no {part:?} in {self:#?}");
        self
    }
}

pub(crate) struct World {
    root: TempDir,
}

impl World {
    /// An empty project.
    pub(crate) fn empty() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    /// A project whose provider is `sh models.sh`, which prints `models.sql`.
    pub(crate) fn new() -> Self {
        let world = Self::empty();
        world.write("atlas.hcl", config(""));
        world.write("models.sh", "cat models.sql\n");
        world.write("models.sql", MODELS);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names in a directory, sorted; none when it does not exist.
    pub(crate) fn list(&self, dir: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(dir)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The migrations, without `atlas.sum`.
    pub(crate) fn migrations(&self) -> Vec<String> {
        let mut names = self.list("migrations");
        names.retain(|name| name.ends_with(".sql"));
        names
    }

    /// Every file with its content, to see that nothing was written.
    pub(crate) fn snapshot(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(dir: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    found.push((path.clone(), Vec::new()));
                    walk(&path, found);
                } else {
                    let content = fs::read(&path).unwrap();
                    found.push((path, content));
                }
            }
        }
        let mut found = Vec::new();
        walk(self.root.path(), &mut found);
        found.sort();
        found
    }

    /// The binary with these arguments, not yet run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command
            .args(args)
            .current_dir(self.root.path())
            .env_clear()
            .env("HOME", self.root.path())
            .env("PATH", crate::mysql_server::path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args).spawn().unwrap())
    }

    /// `migrate diff --env local` with more arguments.
    pub(crate) fn diff(&self, more: &[&str]) -> Run {
        self.run(&[&["migrate", "diff", "--env", "local"], more].concat())
    }

    /// `check --env local` with more arguments.
    pub(crate) fn check(&self, more: &[&str]) -> Run {
        self.run(&[&["check", "--env", "local"], more].concat())
    }

    /// A directory that is in sync with the models.
    pub(crate) fn synced() -> Self {
        let world = Self::new();
        world.diff(&["init", "-q"]).code(0).out("").err("");
        world
    }
}

/// `atlas.hcl` with an environment `local` on SQLite, and more attributes in it.
pub(crate) fn config(more: &str) -> String {
    format!(
        r#"data "external_schema" "models" {{
  program = ["sh", "models.sh"]
}}

env "local" {{
  src = data.external_schema.models.url
  dev = "sqlite://dev?mode=memory"
  {more}
}}
"#
    )
}

/// Waits for a process and reads what it prints.
pub(crate) fn finish(mut child: Child) -> Run {
    let mut err = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        err.read_to_string(&mut text).unwrap();
        text
    });
    let mut out = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut out).unwrap();
    }
    let code = child.wait().unwrap().code();
    Run {
        code,
        out,
        err: errors.join().unwrap(),
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
