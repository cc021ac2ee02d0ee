//! A server process that ends when we do, whatever ends us.
//!
//! A small shell supervises it. The shell's standard input is a pipe of which we hold the only other end: when we close
//! it, or die in any way, the shell reads the end of the input, stops the server and removes the run's directory. It
//! is in a process group of its own, so the terminal's Ctrl-C reaches us alone.

use std::ffi::OsString;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::rundir::{PID, RunDir, ServerUser};
use crate::engine::EngineError;
use crate::engine::private::PrivateServer;

const LOG: &str = "server.log";
/// Lines of the server's log that a failure shows.
const LOG_LINES: usize = 12;
const STOP_BUDGET: Duration = Duration::from_secs(15);

/// Arguments: run directory, file for the process number, log file, signal, program, its arguments.
const SUPERVISOR: &str = r#"
trap '' HUP INT TERM PIPE
dir=$1 pid=$2 log=$3 signal=$4
shift 4
exec 3<&0 </dev/null
"$@" 3<&- >>"$log" 2>&1 &
server=$!
echo "$server" >"$pid"
{
    while read -r _ <&3; do :; done
    : >"$dir/stopping"
    kill -s "$signal" "$server"
    tries=0
    while kill -0 "$server" && [ "$tries" -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -s KILL "$server"
} >/dev/null 2>&1 &
watcher=$!
wait "$server"
code=$?
if [ -e "$dir/stopping" ]; then
    kill -s KILL "$watcher" 2>/dev/null
else
    echo "$code"
    exec >/dev/null
    wait "$watcher"
fi
rm -rf "$dir"
"#;

/// What to run.
#[derive(Clone, Debug)]
pub struct ServerProgram {
    /// For messages: `PostgreSQL 15.4`.
    pub name: String,
    pub path: PathBuf,
    /// Its arguments. One of them must hold the run directory's path, by which leftovers are recognised.
    pub args: Vec<OsString>,
    /// Signal that stops it at once: `QUIT`.
    pub stop_signal: &'static str,
}

/// A running server. Dropping it stops it, without waiting.
#[derive(Debug)]
pub struct LocalServer {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    dir: RunDir,
}

impl LocalServer {
    /// Starts a server in a run's directory. It is not ready yet: see [`LocalServer::ready`].
    ///
    /// # Errors
    /// When there is no shell to supervise it.
    pub fn start(program: &ServerProgram, dir: RunDir) -> Result<Self, EngineError> {
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(SUPERVISOR)
            .arg("trueup-supervisor")
            .arg(dir.path())
            .arg(dir.path().join(PID))
            .arg(dir.path().join(LOG))
            .arg(program.stop_signal)
            .arg(&program.path)
            .args(&program.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .current_dir("/");
        environment(&mut command, dir.user());
        let broken = |what: &str| EngineError::plain(format!("can't supervise a server: {what}"));
        let mut child = command
            .spawn()
            .map_err(|error| broken(&format!("/bin/sh: {error}")))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(broken("its pipes are missing"));
        };
        Ok(Self {
            name: program.name.clone(),
            child,
            input: Some(input),
            output,
            dir,
        })
    }

    /// The run's directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Tries `probe` until it finds the server ready.
    ///
    /// # Errors
    /// When the server ends, or when `budget` is used up; why `probe` failed and the last lines of the server's log are in
    /// the message.
    pub async fn ready<T, F, R>(&mut self, budget: Duration, mut probe: F) -> Result<T, EngineError>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<T, String>>,
    {
        let started = Instant::now();
        let mut pause = Duration::from_millis(4);
        let mut ended = [0; 16];
        loop {
            let probed = tokio::select! {
                biased;
                read = self.output.read(&mut ended) => {
                    let code = String::from_utf8_lossy(&ended[..read.unwrap_or(0)]).trim().to_owned();
                    return Err(self.failure(&format!("ended with status {code} while it started")));
                }
                probed = probe() => probed,
            };
            match probed {
                Ok(value) => return Ok(value),
                Err(why) if started.elapsed() > budget => {
                    let seconds = budget.as_secs();
                    return Err(self.failure(&format!("is not ready after {seconds} s ({why})")));
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 5 / 4).min(Duration::from_millis(100));
        }
    }

    /// The last lines of the server's log.
    pub fn log_tail(&self) -> String {
        let bytes = std::fs::read(self.dir.path().join(LOG)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    fn failure(&self, what: &str) -> EngineError {
        let log = self.log_tail();
        let name = &self.name;
        if log.is_empty() {
            EngineError::plain(format!("local {name} server {what}; its log is empty"))
        } else {
            EngineError::plain(format!(
                "local {name} server {what}; its log ends with\n{log}"
            ))
        }
    }

    /// Stops the server and waits until it and its directory are gone.
    pub async fn stop(mut self) -> Result<(), EngineError> {
        drop(self.input.take());
        let path = self.dir.path().display().to_string();
        match tokio::time::timeout(STOP_BUDGET, self.child.wait()).await {
            Ok(Ok(_)) => self.dir.remove().map_err(|error| {
                EngineError::plain(format!("can't remove the local server's {path}: {error}"))
            }),
            _ => Err(EngineError::new(
                format!("the local {} server in {path} does not stop", self.name),
                "the next run removes it",
            )),
        }
    }
}

#[async_trait]
impl PrivateServer for LocalServer {
    async fn stop(self: Box<Self>) -> Result<(), EngineError> {
        Self::stop(*self).await
    }
}

/// Runs a program to its end, as the account that servers run as, and gives back its output.
///
/// # Errors
/// When it can't be run, fails, or takes longer than `budget`; the last lines of its output are in the message.
pub async fn run_tool(
    program: &Path,
    args: &[OsString],
    user: Option<&ServerUser>,
    input: &str,
    budget: Duration,
) -> Result<String, EngineError> {
    use tokio::io::AsyncWriteExt as _;
    let shown = program.display();
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .current_dir("/");
    environment(&mut command, user);
    let mut child = command
        .spawn()
        .map_err(|error| EngineError::plain(format!("can't run {shown}: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input says why itself.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = tokio::time::timeout(budget, child.wait_with_output())
        .await
        .map_err(|_elapsed| {
            EngineError::plain(format!("{shown} takes longer than {} s", budget.as_secs()))
        })?
        .map_err(|error| EngineError::plain(format!("can't run {shown}: {error}")))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    });
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    Err(EngineError::plain(format!(
        "{shown} failed ({}): {}",
        output.status,
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    )))
}

/// A server sees nothing of our environment but what finding its libraries takes: no settings, no secrets.
fn environment(command: &mut Command, user: Option<&ServerUser>) {
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}
