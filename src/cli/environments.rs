//! Which databases have applied what `migrate rebase` is about to move: a shared one keeps it where it is, and the user's own has to
//! be told of what it is called then.

use anyhow::Result;

use super::args::RebaseArgs;
use super::git;
use super::io::Io;
use crate::config::{DbUrl, Env, Request};
use crate::current::alembic::graph::{Graph, Reparent};
use crate::dialect::{self, Reach};
use crate::migration::{Dir, Move, Records, version_of};
use crate::pipeline::{self, Environments};
use crate::problem::Problem;

/// What databases record.
#[derive(Default)]
pub(super) struct Asked {
    shared: Environments,
    /// The user's own one, of the environment that is worked with.
    own: Option<Environments>,
    /// How a command comes to that one.
    flags: String,
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
    let mut asked = Asked::default();
    asked.shared.stopped = git::stopped();
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
        Some(_) if args.url.is_some() => {
            let told = ("the database of --url", env);
            asked.shared.ask(told, env, &io.cancel).await?;
        }
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
            asked.flags = env.flags(url);
        }
        _ if !args.applied.is_empty() => {}
        None if env.fleet.is_some() => add(&mut asked.shared, (here, request), env, io).await?,
        None => {}
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
    let socket = url.scheme().ends_with("+unix");
    let local = |host: &str| {
        host.starts_with('/') || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]")
    };
    // As PostgreSQL's clients take it: a parameter goes before the URL's host.
    let hosts = [url.param("hostaddr"), url.param("host"), Some(url.host())];
    let mut hosts = hosts.into_iter().flatten().filter(|host| !host.is_empty());
    matches!(dialect::reach(url), Ok(Reach::File(_)))
        || socket
        || hosts.next().is_none_or(|host| host.split(',').all(local))
}

impl Asked {
    /// Refuses to move files that a shared database has, or of which the user's own ran in part: its record can't say so of another.
    pub(super) fn refuse_files(&self, dir: &Dir, names: &[String]) -> Result<(), Problem> {
        let records = self.own.as_ref().and_then(Environments::only);
        let mut moving = dir
            .files()
            .iter()
            .filter(|file| names.iter().any(|name| name == file.name()));
        if let Some(records) = records
            && let Some(file) = moving.find(|file| records.has_begun(file))
        {
            let flags = &self.flags;
            let first = self.shared.first();
            return Err(Problem::new(format!(
                "your database has applied {} in part",
                file.name()
            ))
            .hint(format!(
                "before it moves, bring it to its end there or take it back: {first}`trueup migrate apply{flags}`, or `trueup migrate \
                 down{flags}`"
            )));
        }
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
        let Records::Revisions(_) = records else {
            return None;
        };
        let has = |name: &str| {
            let file = before.files().iter().find(|file| file.name() == name);
            file.is_some_and(|file| records.has(file))
        };
        let had: Vec<&Move> = moves.iter().filter(|one| has(&one.from)).collect();
        let last = had.last()?;
        let flags = &self.flags;
        let mut commands: Vec<String> = had
            .iter()
            .map(|one| format!("`trueup migrate set {} --only{flags}`", version_of(&one.to)))
            .collect();
        let mut earlier = after
            .files()
            .iter()
            .take_while(|file| file.name() != last.to);
        let lacks =
            earlier.any(|file| !records.has(file) && !had.iter().any(|one| one.to == file.name()));
        if lacks {
            // What came in has a lower version.
            commands.push(format!(
                "`trueup migrate apply --exec-order non-linear{flags}`"
            ));
        }
        let names: Vec<&str> = had.iter().map(|one| one.from.as_str()).collect();
        Some(format!(
            "your database has applied {}; tell it what that is called now: {}",
            names.join(", "),
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
        // Of what it is at, part may be of the line that comes first now.
        let line = [to.clone()];
        let (theirs, own): (Vec<&str>, Vec<&str>) = at
            .iter()
            .map(String::as_str)
            .partition(|one| graph.has_come_to(&line, one).unwrap_or(false));
        let own = own.join(" ");
        if graph.has_come_to(at, to).unwrap_or(false) {
            return (!theirs.is_empty()).then(|| {
                format!(
                    "your database has `{id}` and what it follows now, as two heads; before the next upgrade: \
                     `alembic stamp --purge {own}`"
                )
            });
        }
        let start = match &theirs[..] {
            [] => from.clone(),
            theirs => format!("--purge {}", theirs.join(" ")),
        };
        Some(format!(
            "your database has `{id}` and lacks what it follows now; before the next upgrade: `alembic stamp {start}`, then \
             `alembic upgrade {to}`, then `alembic stamp {own}`"
        ))
    }
}
