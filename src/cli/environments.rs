//! Which databases have applied what `migrate rebase` is about to move: a shared one keeps it where it is, and the user's own has to
//! be told of what it is called then.

use anyhow::Result;

use super::args::RebaseArgs;
use super::io::Io;
use crate::config::{DbUrl, Env, Request};
use crate::current::alembic::graph::{Graph, Reparent};
use crate::dialect::{self, Reach};
use crate::migration::{Dir, Move, Records};
use crate::pipeline::{self, Environments};
use crate::problem::Problem;

/// What databases record.
#[derive(Default)]
pub(super) struct Asked {
    shared: Environments,
    /// The user's own one, of the environment that is worked with.
    own: Option<Environments>,
    /// How that environment is named to a command.
    flag: String,
}

/// Asks the environments that are named, or else the one that is worked with.
///
/// # Errors
/// When one that counts does not answer.
pub(super) async fn ask(
    args: &RebaseArgs,
    (env, request): (&Env, &Request),
    io: &mut Io<'_>,
) -> Result<Asked> {
    let mut asked = Asked {
        flag: args
            .config
            .env
            .as_ref()
            .map_or_else(String::new, |name| format!(" --env {name}")),
        ..Asked::default()
    };
    if args.skip_applied {
        return Ok(asked);
    }
    for name in &args.applied {
        let mut request = request.clone();
        request.env = Some(name.clone());
        request.flags.url = None;
        add(&mut asked.shared, (name, &request), env, io).await?;
    }
    let here = match &env.name[..] {
        "" => "the database",
        name => name,
    };
    match &env.url {
        Some(_) if args.url.is_some() => asked.shared.ask(("the database of --url", env), env, &io.cancel).await?,
        _ if !args.applied.is_empty() => {}
        None if env.fleet.is_some() => add(&mut asked.shared, (here, request), env, io).await?,
        None => {}
        Some(url) if is_own(url) => {
            if matches!(dialect::reach(url), Ok(Reach::File(path)) if !path.exists()) {
                return Ok(asked);
            }
            let mut own = Environments::default();
            match own.ask((here, env), env, &io.cancel).await {
                Ok(()) => asked.own = Some(own),
                Err(problem) => {
                    io.cancel.check()?;
                    io.warn(&problem.message);
                }
            }
        }
        Some(_) => asked.shared.ask((here, env), env, &io.cancel).await.map_err(|problem| {
            let hint = "`--skip-applied` asks no database; `--applied` names environments to ask instead";
            problem.hint(hint)
        })?,
    }
    Ok(asked)
}

async fn add(
    to: &mut Environments,
    (name, request): (&str, &Request),
    own: &Env,
    io: &mut Io<'_>,
) -> Result<()> {
    let env = io
        .cancel
        .race(pipeline::fleet(request, &mut |_| {}))
        .await??;
    Ok(to.ask((name, &env), own, &io.cancel).await?)
}

/// Whether a database is on this machine, so that others hardly work with it.
fn is_own(url: &DbUrl) -> bool {
    matches!(dialect::reach(url), Ok(Reach::File(_)))
        || matches!(url.host(), "" | "localhost" | "127.0.0.1" | "::1" | "[::1]")
}

impl Asked {
    /// Refuses to move files that a shared database has.
    pub(super) fn refuse_files(&self, dir: &Dir, names: &[String]) -> Result<(), Problem> {
        self.shared.refuse_files(dir, names, false)
    }

    /// Refuses to move revisions that a shared database has.
    pub(super) fn refuse_revisions(
        &self,
        graph: &Graph,
        edits: &[Reparent],
    ) -> Result<(), Problem> {
        self.shared.refuse_revisions(graph, edits, false)
    }

    /// How the user's own database is told of files' new names, if it has any of them.
    pub(super) fn files(&self, before: &Dir, after: &Dir, moves: &[Move]) -> Option<String> {
        let records = self.own.as_ref()?.only()?;
        let file = |name: &str| before.files().iter().find(|file| file.name() == name);
        let has = |one: &&Move| file(&one.from).is_some_and(|file| records.has(file));
        let last = moves.iter().rfind(has)?;
        let new = |name: &str| moves.iter().any(|one| one.to == name);
        let old = after.files().iter().filter(|file| !new(file.name()));
        let (kept, theirs): (Vec<_>, Vec<_>) = old.partition(|file| records.has(file));
        let flag = &self.flag;
        let from = format!("your database has applied {}", last.from);
        let first = theirs.first().map(|file| file.version());
        let kept = kept.last().map(|file| file.version());
        let Some(kept) = kept.filter(|kept| first.is_none_or(|first| *kept < first)) else {
            return Some(format!(
                "{from}, and has to be told that this is {} now: `trueup migrate status{flag}` shows what it records, \
                 `trueup migrate set VERSION{flag}` changes that",
                last.to
            ));
        };
        let version = |name: &str| name.split(['_', '.']).next().unwrap_or(name).to_owned();
        let mut commands = vec![format!("`trueup migrate set {kept}{flag}`")];
        if !theirs.is_empty() {
            commands.push(format!("`trueup migrate apply {}{flag}`", theirs.len()));
        }
        commands.push(format!("`trueup migrate set {}{flag}`", version(&last.to)));
        Some(format!(
            "{from}; tell it what that is called now: {}",
            commands.join(", then ")
        ))
    }

    /// The same of revisions that follow others now.
    pub(super) fn revisions(&self, graph: &Graph, edits: &[Reparent]) -> Option<String> {
        let Records::Alembic(at) = self.own.as_ref()?.only()? else {
            return None;
        };
        let has = |one: &&Reparent| graph.has_come_to(at, &one.id).unwrap_or(false);
        let Reparent { id, from, to, .. } = edits.iter().find(has)?;
        let came_to_theirs = graph.has_come_to(at, to).unwrap_or(false);
        let on = match came_to_theirs {
            true => return None,
            false => at.join(" "),
        };
        Some(format!(
            "your database has `{id}` and lacks what it follows now; before the next upgrade: `alembic stamp {from}`, then \
             `alembic upgrade {to}`, then `alembic stamp {on}`"
        ))
    }
}
