//! Starts the fake GitHub (`tests/github`) and speaks through its control door; `tests/github/control.py` lists what it takes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::{SETUP, python_bin};

/// A fake of our own, gone with this value, or with this process: it ends when its stdin does.
pub(crate) struct Fake {
    process: Child,
    port: u16,
    /// By what name clients find it.
    host: String,
}

impl Fake {
    /// One on 127.0.0.1.
    pub(crate) fn start() -> Self {
        Self::reached_at("127.0.0.1", "127.0.0.1")
    }

    /// One that listens on an address, and that clients elsewhere find by another one.
    pub(crate) fn reached_at(bind: &str, host: &str) -> Self {
        let mut process = Command::new(python_bin().join("python"))
            .args(["-m", "github", "--bind", bind])
            .current_dir(super::TESTS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let started: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the fake GitHub did not start ({error}): {SETUP}"));
        let port = started["port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok());
        Self {
            process,
            port: port.expect("a port"),
            host: host.to_owned(),
        }
    }

    /// What GITHUB_API_URL is on GitHub Enterprise Server.
    pub(crate) fn api_url(&self) -> String {
        format!("http://{}:{}/api/v3", self.host, self.port)
    }

    /// What GITHUB_GRAPHQL_URL is there.
    pub(crate) fn graphql_url(&self) -> String {
        format!("http://{}:{}/api/graphql", self.host, self.port)
    }

    /// Adds to the world; gives back what was made.
    pub(crate) fn seed(&self, seed: &Value) -> Value {
        self.control("POST", "seed", seed)
    }

    /// Breaks something (`tests/github/faults.py`).
    pub(crate) fn fault(&self, fault: &Value) {
        self.control("POST", "faults", fault);
    }

    /// Other limits, and which forms of addresses there are.
    pub(crate) fn limits(&self, limits: &Value) {
        self.control("POST", "limits", limits);
    }

    /// What `git fsck` says of a repository.
    pub(crate) fn fsck(&self, repository: &Value) -> Value {
        self.control("POST", "fsck", repository)
    }

    /// A commit by somebody else; its hash.
    pub(crate) fn push(&self, commit: &Value) -> Value {
        self.control("POST", "push", commit)["sha"].clone()
    }

    /// What a person does to an issue.
    pub(crate) fn touch(&self, issue: &Value) {
        self.control("POST", "issue", issue);
    }

    /// The payload of a webhook event, for GITHUB_EVENT_PATH.
    pub(crate) fn event(&self, event: &Value) -> Value {
        self.control("POST", "event", event)
    }

    /// Everything that exists.
    pub(crate) fn state(&self) -> Value {
        self.control("GET", "state", &Value::Null)
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Value {
        self.control("GET", "requests", &Value::Null)
    }

    /// What was wrong with them, as text for messages; `[]` when nothing was.
    pub(crate) fn violations(&self) -> String {
        self.control("GET", "violations", &Value::Null).to_string()
    }

    /// Every request was one that a correct client sends, and every reply was as GitHub describes it.
    pub(crate) fn expect_no_violations(&self) {
        assert_eq!(self.violations(), json!([]).to_string());
    }

    /// One request to the control door, on a connection of its own.
    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the fake listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        let length = body.len();
        let request = format!(
            "{method} /_fake/{path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n\r\n{body}",
            port = self.port
        );
        stream
            .write_all(request.as_bytes())
            .expect("the fake reads");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("the fake answers");
        let (head, text) = reply.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(" 200 "), "{method} {path} {body}: {reply}");
        serde_json::from_str(text).expect("JSON")
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself; a fake that hangs must not hold up a test that already has its result.
        for _ in 0..100 {
            if matches!(self.process.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
