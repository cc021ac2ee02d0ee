//! What databases in use have applied of migrations that are about to get another name, or to follow another revision.

use futures_util::StreamExt as _;
use futures_util::stream;

use super::Target;
use crate::config::{DbUrl, Env, Located, MigrationConfig};
use crate::current::alembic::graph::{Graph, Reparent, moved};
use crate::migration::{Dir, Records};
use crate::pipeline::drift::PARALLEL;
use crate::pipeline::records::{self, ALEMBIC};
use crate::pipeline::{Cancel, PipelineError, unset};
use crate::problem::{Problem, stage};

/// Databases that are named where several have something.
const NAMED: usize = 3;

/// Databases of environments, and what each records.
#[derive(Clone, Debug, Default)]
pub struct Environments {
    /// The command that gives up what git stopped at: until then a database can't be changed by the files that are here.
    pub stopped: Option<&'static str>,
    databases: Vec<Asked>,
}

#[derive(Clone, Debug)]
struct Asked {
    environment: String,
    /// Which of its databases, where it is many.
    member: Option<String>,
    /// How a command comes to it.
    flags: String,
    records: Records,
}

impl Environments {
    /// Asks the databases of an environment, some at once, by reading and nothing else. `own` has the migrations.
    ///
    /// # Errors
    /// When it has none, or one of them does not answer. The message has the database's name, and the details where it is.
    pub async fn ask(
        &mut self,
        (name, env): (&str, &Env),
        own: &Env,
        cancel: &Cancel,
    ) -> Result<(), Problem> {
        let migration = &env.migration;
        let asking = Env {
            migration: MigrationConfig {
                revisions_schema: migration.revisions_schema.clone(),
                lock_timeout: migration.lock_timeout,
                ..own.migration.clone()
            },
            ..env.clone()
        };
        let lives: Vec<(Option<&str>, &Located<DbUrl>)> = match &env.url {
            Some(url) => vec![(None, url)],
            None => {
                let members = env.fleet.iter().flat_map(|fleet| &fleet.members);
                let known =
                    members.filter_map(|member| Some((Some(&*member.name), member.url.as_ref()?)));
                known.collect()
            }
        };
        if lives.is_empty() {
            return Err(match env.unset.get("url") {
                Some(variable) => unset("url", variable),
                None => Problem::new(format!("environment `{name}` has no `url`"))
                    .hint("name one whose database can be asked"),
            }
            .during(stage::CONFIG));
        }
        let asked = lives.into_iter().map(async |(member, live)| {
            let found = async { recorded(&Target::of(&asking, live, cancel)?).await };
            match found.await {
                Ok(records) => Ok(Asked {
                    environment: name.to_owned(),
                    member: member.map(str::to_owned),
                    flags: env.flags(live),
                    records,
                }),
                Err(error) => {
                    let mut problem = Problem::from(error);
                    let who = shown(name, member);
                    problem.message =
                        format!("what {who} has applied is not known: {}", problem.message);
                    Err(problem)
                }
            }
        });
        let mut asked = stream::iter(asked).buffered(usize::from(PARALLEL));
        while let Some(one) = asked.next().await {
            self.databases.push(one?);
        }
        Ok(())
    }

    /// Refuses to give files new names that one of the databases has applied. `hidden` leaves out which it is of many.
    ///
    /// # Errors
    /// The first file, and where it was applied.
    pub fn refuse_files(&self, dir: &Dir, names: &[String], hidden: bool) -> Result<(), Problem> {
        for file in dir.files() {
            let moves = names.iter().any(|name| name == file.name());
            let has = |records: &Records| records.has(file);
            let holders = match moves {
                true => self.holding(hidden, |records| Ok(has(records)))?,
                false => Vec::new(),
            };
            if !holders.is_empty() {
                let why = format!("{} was applied to {}", file.name(), listed(&holders));
                let holder = self.databases.iter().find(|one| has(&one.records));
                let flags = holder.filter(|_| !hidden).map_or("", |one| &one.flags);
                let first = self.first();
                return Err(Problem::new(why).during(stage::DIRECTORY).hint(format!(
                    "take it back there first ({first}`trueup migrate down{flags}`), or keep its name: merge the base, run `trueup \
                     migrate hash`, and apply what comes before it by `--exec-order non-linear`",
                )));
            }
        }
        Ok(())
    }

    /// The same of revisions that are to follow others: a database that has one is taken to have all that comes before it.
    ///
    /// # Errors
    /// The first of them, and where it was applied; or a database that is at a revision that nobody here knows.
    pub fn refuse_revisions(
        &self,
        graph: &Graph,
        edits: &[Reparent],
        hidden: bool,
    ) -> Result<(), Problem> {
        for id in moved(edits) {
            let has = |records: &Records| match records {
                Records::Alembic(revisions) => graph.has_come_to(revisions, id),
                _ => Ok(false),
            };
            let holders = self.holding(hidden, has)?;
            if let (false, Some(edit)) =
                (holders.is_empty(), edits.iter().find(|edit| edit.id == id))
            {
                let why = format!(
                    "revision `{id}` ({}) was applied to {}",
                    edit.path,
                    listed(&holders)
                );
                return Err(Problem::new(why).during(stage::DIRECTORY).hint(format!(
                    "take it back there first (`alembic downgrade {}`), or join both lines instead: `alembic merge heads` (in a \
                     workflow, `two-heads: merge`)",
                    edit.from
                )));
            }
        }
        Ok(())
    }

    /// What has to come before another command, in words.
    pub fn first(&self) -> String {
        let stopped = self.stopped.iter();
        stopped
            .map(|command| format!("`{command}`, then "))
            .collect()
    }

    /// What the only database records.
    pub fn only(&self) -> Option<&Records> {
        match &self.databases[..] {
            [one] => Some(&one.records),
            _ => None,
        }
    }

    /// The databases of which this holds, for people.
    fn holding(
        &self,
        hidden: bool,
        has: impl Fn(&Records) -> Result<bool, Problem>,
    ) -> Result<Vec<String>, Problem> {
        let mut found: Vec<String> = Vec::new();
        for one in &self.databases {
            let member = one.member.as_deref().filter(|_| !hidden);
            let name = shown(&one.environment, member);
            let has = has(&one.records).map_err(|problem| Problem {
                message: format!("{name} {}", problem.message),
                ..problem
            })?;
            if has && !found.contains(&name) {
                found.push(name);
            }
        }
        Ok(found)
    }
}

fn shown(environment: &str, member: Option<&str>) -> String {
    match member {
        None => environment.to_owned(),
        Some(member) => format!("{environment} ({member})"),
    }
}

fn listed(names: &[String]) -> String {
    let (first, rest) = names.split_at(names.len().min(NAMED));
    match (first, rest.len()) {
        ([one], 0) => one.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        (first, more) => format!("{} and {more} more", first.join(", ")),
    }
}

/// What a database records, of Alembic where the migrations are a history of it.
async fn recorded(target: &Target<'_>) -> Result<Records, PipelineError> {
    let Some(mut session) = target.cancel.race(target.reader()).await?? else {
        return Err(target.problem("there is no such database").into());
    };
    let read = async {
        let (live, migration) = (target.live, &target.env.migration);
        if migration.alembic.is_none() {
            let place = migration.revisions_schema.as_deref();
            let rows = records::of_atlas(live, &mut *session, place).await?;
            let rows = rows.unwrap_or_default();
            if !rows.is_empty() {
                // One that is being taken back is there in part.
                let rows = rows.into_iter().map(|row| row.revision);
                return Ok(Records::Revisions(rows.collect()));
            }
        }
        let table = (None, ALEMBIC.to_owned());
        match records::alembic(live, &mut *session, &table).await? {
            Some(revisions) => Ok(Records::Alembic(revisions)),
            None if migration.alembic.is_none() => Ok(Records::None),
            // What it has may be recorded in a table of another name, which only running `env.py` would tell.
            None => Err(target
                .problem(format!("it has no table {ALEMBIC}, or the user may not see it"))
                .hint("a database without migrations need not be asked; one whose `env.py` sets `version_table` can't be asked")
                .into()),
        }
    };
    let read = target.cancel.race(read).await;
    let _ = session.close().await;
    read?
}
