//! Keeps the runner's secrets out of our environment.
//!
//! The config file and the migrations come from the pull request. Whatever they make us read on this machine
//! (`getenv()`, a file that is a link to `/proc/self/environ`) must hold no token. A process can't change the
//! environment that the kernel shows of it, so the program restarts itself without the secrets, in the same process,
//! and gets them through its standard input, which is then closed.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// All of the runner's variables by their names, those that are not text left out.
pub(super) type Variables = BTreeMap<String, String>;

/// The flag of a program that was restarted.
const FLAG: &str = "--handed-over";

/// Variables that hold tokens, by the start of their names.
const SECRET: &[&str] = &["INPUT_", "ACTIONS_", "GITHUB_TOKEN", "GH_TOKEN"];

fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|start| name.starts_with(start))
}

/// The variables, when they were handed over; otherwise this does not return: the program restarts.
pub(super) fn variables(handed_over: bool) -> Result<Variables> {
    if handed_over {
        return take().context("can't read the variables that were handed over");
    }
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let all: Variables = std::env::vars_os().filter_map(text).collect();
    // A local run has nothing to hide from itself.
    if !all.keys().any(|name| is_secret(name)) {
        return Ok(all);
    }
    Err(restart(&all)).context("can't restart without the runner's secrets")
}

fn restart(all: &Variables) -> io::Error {
    let file = || -> io::Result<std::fs::File> {
        // It has no name, so nobody else can open it.
        let mut file = tempfile::tempfile()?;
        serde_json::to_writer(&mut file, all)?;
        file.flush()?;
        file.rewind()?;
        Ok(file)
    };
    let (file, exe) = match (file(), std::env::current_exe()) {
        (Ok(file), Ok(exe)) => (file, exe),
        (Err(error), _) | (_, Err(error)) => return error,
    };
    let mut command = Command::new(exe);
    command.args(std::env::args_os().skip(1)).arg(FLAG);
    for name in all.keys().filter(|name| is_secret(name)) {
        command.env_remove(name);
    }
    command.stdin(Stdio::from(file)).exec()
}

fn take() -> Result<Variables> {
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text)?;
    let nothing = std::fs::File::open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    Ok(serde_json::from_slice(&text)?)
}
