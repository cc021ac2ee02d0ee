//! The hidden command that drops this process' rights and then becomes the program. It runs before any other code of trueup:
//! one thread, nothing open, no runtime.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::fs::Mode;
use rustix::process::{Gid, Resource, Rlimit, Uid, setrlimit, setsid, umask};
use rustix::thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::spec::{Limits, Probe, Spec};
use super::{NOT_STARTED, NOT_STARTED_MARK, calls, files};

/// Takes a specification and a program with its arguments, and becomes it. Returns only when that failed, or when there
/// is not a program, and this was a trial.
pub fn enter(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let done = match args.next().as_deref().and_then(|text| text.to_str()) {
        Some(text) => run(text, args),
        None => Err("this command is for trueup itself".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "{NOT_STARTED_MARK}{why}");
            ExitCode::from(NOT_STARTED.unsigned_abs() as u8)
        }
    }
}

fn run(spec: &str, mut args: impl Iterator<Item = OsString>) -> Result<(), String> {
    let spec: Spec = serde_json::from_str(spec)
        .map_err(|error| format!("this command is for trueup itself: {error}"))?;
    drop_account(&spec)?;
    let files =
        files::restrict(&spec).map_err(|error| format!("files can't be restricted: {error}"))?;
    let calls = match spec.calls {
        true => calls::forbid(spec.network).err(),
        false => None,
    };
    let Some(program) = args.next() else {
        let probe = Probe {
            calls,
            files,
            unreadable: spec.readable.iter().find_map(|path| {
                let error = readable(path).err()?;
                Some((path.clone(), error.to_string()))
            }),
        };
        return serde_json::to_writer(io::stdout(), &probe).map_err(|error| error.to_string());
    };
    if let Some(why) = calls {
        return Err(format!("system calls can't be forbidden: {why}"));
    }
    let error = Command::new(&program).args(args).exec();
    Err(not_started(Path::new(&program), &error))
}

fn drop_account(spec: &Spec) -> Result<(), String> {
    // When memory runs out, this is killed first, not trueup. Later the file can't be written any more.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    close_fds::set_fds_cloexec(3, &[]);
    // Fails for the leader of a group, which happens only when started by hand from a terminal.
    let _ = setsid();
    umask(Mode::WGRP | Mode::WOTH);
    limit(&spec.limits)?;
    if let Some(number) = spec.account {
        let (uid, gid) = (Uid::from_raw(number), Gid::from_raw(number));
        // Of this thread, which is the only one, and becomes the program.
        set_thread_groups(&[]).map_err(|error| failed("groups can't be dropped", error))?;
        set_thread_res_gid(gid, gid, gid)
            .map_err(|error| failed("the group can't be changed", error))?;
        set_thread_res_uid(uid, uid, uid)
            .map_err(|error| failed("the account can't be changed", error))?;
        if rustix::process::geteuid() != uid
            || set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).is_ok()
        {
            return Err("the account could be changed back".to_owned());
        }
    }
    set_no_new_privs(true).map_err(|error| failed("new rights can't be ruled out", error))
}

fn failed(what: &str, error: impl Display) -> String {
    format!("{what}: {error}")
}

fn limit(limits: &Limits) -> Result<(), String> {
    let all = [
        (Resource::Nproc, limits.processes),
        (Resource::Data, limits.memory),
        (Resource::Fsize, limits.file),
        (Resource::Nofile, limits.files),
        (Resource::Core, 0),
    ];
    for (resource, most) in all {
        // An outer limit that is lower stays.
        let outer = rustix::process::getrlimit(resource).maximum;
        let most = Some(outer.map_or(most, |outer| outer.min(most)));
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        setrlimit(resource, limit).map_err(|error| failed("a limit can't be set", error))?;
    }
    Ok(())
}

/// Reads as much of a path as tells whether that is allowed.
fn readable(path: &Path) -> io::Result<()> {
    match path.is_dir() {
        true => fs::read_dir(path)?.next().transpose().map(|_| ()),
        false => fs::File::open(path).map(|_| ()),
    }
}

fn not_started(program: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "the interpreter that its first line names does not exist".to_owned()
        }
        io::ErrorKind::PermissionDenied => format!(
            "the account that runs foreign code may not execute `{}` or its interpreter",
            program.display()
        ),
        _ => error.to_string(),
    }
}
