//! `migrate edit` and `migrate rm`: changes migrations that no database has yet, or takes them out.

use anyhow::Result;

use super::args::{EditArgs, RmArgs, UnappliedArgs};
use super::io::{Io, told};
use super::{drift, editor, lock, rebase};
use crate::config::{Env, Flags};
use crate::migration::{Dir, LockedDir, MigrationFile, version_of};
use crate::pipeline::{self, Target};
use crate::problem::Problem;
use crate::report::ExitStatus;

/// Opens a migration in the editor, and takes what it becomes once the directory was replayed.
pub(super) async fn edit(args: EditArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let (env, mut locked) = open(&args.of, io).await?;
    let name = named(locked.dir(), &args.name)?;
    refuse_applied(env.clone(), locked.dir(), std::slice::from_ref(&name), io).await?;
    let files = locked.dir().files();
    let file = files.iter().find(|file| file.name() == name);
    let before = file.map_or("", MigrationFile::text);
    let Some(text) = editor::edit(&name, before, io).await? else {
        return Err(
            Problem::new(format!("{name} was left empty: nothing was written"))
                .hint(format!("`trueup migrate rm {name}` takes it out"))
                .into(),
        );
    };
    if text == before {
        io.note(&format!("{name} is as it was"));
        return Ok(ExitStatus::Success);
    }
    let after = locked.dir().clone().with_text(&name, &text);
    let done = async {
        // Somebody may have applied it while it was open.
        refuse_applied(
            env.clone(),
            locked.dir(),
            std::slice::from_ref(&name),
            &mut *io,
        )
        .await?;
        write(&env, &mut locked, &after, &mut *io).await
    };
    if let Err(error) = done.await {
        let kept = editor::keep(&name, &text)?;
        io.note(&format!(
            "The text that you wrote is kept in {}",
            kept.display()
        ));
        return Err(error);
    }
    io.note(&format!(
        "Wrote {}",
        locked.dir().path().join(&name).display()
    ));
    replayed(&env, io);
    Ok(ExitStatus::Success)
}

/// Takes migrations out, once the directory was replayed without them.
pub(super) async fn rm(args: RmArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let (env, mut locked) = open(&args.of, io).await?;
    let names = args.names.iter().map(|name| named(locked.dir(), name));
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    refuse_applied(env.clone(), locked.dir(), &names, io).await?;
    let after = locked.dir().clone().without(&names);
    write(&env, &mut locked, &after, io).await?;
    for name in &names {
        io.note(&format!(
            "Removed {}",
            locked.dir().path().join(name).display()
        ));
    }
    replayed(&env, io);
    Ok(ExitStatus::Success)
}

/// The directory, which has to be as its checksums say.
async fn open(args: &UnappliedArgs, io: &mut Io<'_>) -> Result<(Env, LockedDir)> {
    let flags = Flags {
        url: args.url.clone(),
        dev_url: args.dev_url.clone(),
        revisions_schema: args.revisions_schema.clone(),
        lock_timeout: args.lock.lock_timeout.clone(),
        ..args.dir.flags()
    };
    let request = args.config.request(flags);
    let env = io
        .cancel
        .race(pipeline::fleet(&request, &mut |_| {}))
        .await??;
    let locked = lock::lock(&env, false, io).await?;
    locked.dir().verify().map_err(Problem::from)?;
    Ok((env, locked))
}

/// A file by its name, its path or its version.
fn named(dir: &Dir, name: &str) -> Result<String, Problem> {
    let mut files = dir.files().iter();
    match files.find(|file| file.version() == name) {
        Some(file) => Ok(file.name().to_owned()),
        None => rebase::named(dir, &[name.to_owned()]).map(|mut names| names.remove(0)),
    }
}

/// Refuses what a database has already. Where none is known, that is said.
async fn refuse_applied(mut env: Env, dir: &Dir, names: &[String], io: &mut Io<'_>) -> Result<()> {
    let members = drift::members(&[], &mut env)?;
    let cancel = io.cancel.clone();
    let mut lives: Vec<_> = members.iter().filter_map(|one| one.url.as_ref()).collect();
    if members.is_empty() || members.iter().any(|member| member.url.is_none()) {
        lives.extend(env.url.as_ref());
    }
    if lives.is_empty() {
        io.note("Not checked whether a database has it already: name one with `--url` or the environment's `url`");
    }
    for live in lives {
        let target = Target::of(&env, live, &cancel).map_err(told)?;
        let status = pipeline::status(&target, dir).await.map_err(told)?;
        let back = status.back.as_deref().unwrap_or_default();
        let is_taken = |name: &&String| {
            let version = version_of(name);
            back.split(", ").any(|taken| taken == version)
        };
        if let Some(name) = names.iter().find(is_taken) {
            return Err(Problem::new(format!(
                "{name} is partly taken back in a database: nothing was written"
            ))
            .detail("database", live.value.to_string())
            .hint("finish that first: `trueup migrate down`")
            .into());
        }
        let partial = status.partial.iter().map(|partial| &partial.file);
        let mut has = status.executed.iter().chain(partial);
        let Some(name) = has.find(|name| names.contains(name)) else {
            continue;
        };
        return Err(Problem::new(format!("a database has {name} already: nothing was written"))
            .detail("database", live.value.to_string())
            .hint(
                "take it back there first: `trueup migrate down`; or write a migration that follows it: `trueup migrate new \
                 --edit`",
            )
            .into());
    }
    Ok(())
}

/// Replays what the directory becomes, where there is a dev database, and writes it.
async fn write(env: &Env, locked: &mut LockedDir, after: &Dir, io: &mut Io<'_>) -> Result<()> {
    rebase::replay(env, after, io).await?;
    io.cancel.check()?;
    locked.become_as(after).map_err(Problem::from)?;
    Ok(())
}

fn replayed(env: &Env, io: &mut Io<'_>) {
    if env.dev.is_none() {
        io.warn("the directory was not replayed: there is no dev database");
    }
}
