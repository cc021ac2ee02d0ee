//! Migrations are applied to a database, each recorded in the database itself.
//!
//! [`plan`] only reads, and tells what is to be done; [`apply`] does it, alone: two runs at once wait for each other. What a
//! database records and what was done to it agree at any moment, whenever a run is cut off: see [`run`].

mod checks;
mod down;
mod effects;
mod environments;
mod fleet;
mod interrupted;
mod ledger;
mod lineage;
mod program;
mod run;
mod status;
mod todo;

use std::cell::Cell;
use std::time::{Duration, Instant};

use self::ledger::Ledger;
use self::run::{Read, Runner};
use super::records::LOCK;
use super::{Cancel, PipelineError};
use crate::config::{DbUrl, Env, Located};
use crate::dialect::revisions::Limit;
use crate::dialect::{self, Dialect, Reach};
use crate::engine::Session;
use crate::migration::{Dir, program};
use crate::problem::Problem;

pub use self::down::{Down, DownAsk, Held, Loss, TakenBack, take_back, ways_back};
pub use self::effects::{Effects, effects};
pub use self::environments::Environments;
pub use self::fleet::{apply_all, take_all_back};
pub use self::interrupted::{Settled, settled};
pub use self::status::{Recorded, Status, set, status};
pub use self::todo::{Task, Todo};

/// The lock of the connection that runs statements: the server keeps it for as long as one of them runs, whatever became
/// of who sent it.
const WORK: &str = "trueup_migrate";

/// A database, and whose it is.
pub struct Target<'a> {
    pub env: &'a Env,
    pub dialect: &'static dyn Dialect,
    pub live: &'a Located<DbUrl>,
    pub cancel: &'a Cancel,
    /// The lock is held already, for this database and others.
    held: bool,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// No more files than that.
    pub count: Option<usize>,
    /// None behind this version.
    pub to: Option<&'a str>,
    pub tx: Tx,
    /// The version that a database is at which records nothing.
    pub baseline: Option<&'a str>,
    /// A database that records nothing may have something.
    pub allow_dirty: bool,
    /// What becomes of a statement of which nobody knows whether it ran.
    pub doubt: Option<Decision>,
    /// What the database told of it.
    pub settled: Option<&'a Settled>,
    /// How long a statement may take.
    pub timeout: Option<Duration>,
    /// Programs are run that files name.
    pub programs: bool,
}

/// What is one transaction, where files don't say it themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tx {
    /// Each file.
    #[default]
    File,
    /// All of them together.
    All,
    /// Each statement.
    None,
}

/// What is known of a statement that was sent when a run was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was run.
    Done,
    /// It was not, and is run again.
    Again,
}

/// Progress.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// All files that are to run are known.
    Planned(&'e Todo),
    /// A file begins.
    File(&'e Task),
    /// What has to hold before the file is asked.
    Check(&'e str),
    Statement(&'e str),
    /// The statement runs since then.
    Running(Duration),
    /// A line that a program printed.
    Output(&'e str),
    /// The statement was run, in that time.
    Ran(Duration),
    /// The file was.
    Done(Duration),
    /// Somebody asked to stop: the statement that runs is waited for.
    Stopping,
}

/// Why a file did not come to its end.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    pub problem: Problem,
    /// In the server's words.
    pub message: String,
    pub statement: Option<String>,
    /// Somebody asked the run to stop.
    pub interrupted: bool,
    /// Nobody knows what became of the statement, or of the transaction: the connection broke while it ran, it was interrupted, or it
    /// can't be recorded.
    pub unanswered: bool,
    /// The database records how far it came.
    pub recorded: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Applied {
    pub todo: Todo,
    /// How many of its files were run to their end.
    pub done: usize,
    /// Which of them failed, if one did.
    pub failed: usize,
    /// Why it did.
    pub failure: Option<Failure>,
    pub took: Duration,
}

impl Applied {
    /// Before anything is done.
    pub fn planned(todo: Todo) -> Self {
        Self {
            todo,
            done: 0,
            failed: 0,
            failure: None,
            took: Duration::ZERO,
        }
    }
}

impl<'a> Target<'a> {
    /// A database of an environment.
    ///
    /// # Errors
    /// When nobody knows its kind.
    pub fn of(
        env: &'a Env,
        live: &'a Located<DbUrl>,
        cancel: &'a Cancel,
    ) -> Result<Self, PipelineError> {
        let dialect = dialect::for_url(&live.value);
        let dialect = dialect.map_err(|error| super::state::unreadable(live, error))?;
        Ok(Self {
            env,
            dialect,
            live,
            cancel,
            held: false,
        })
    }

    /// Databases for which the lock is one: a server's, or a database's.
    fn lock_place(&self) -> String {
        let url = &self.live.value;
        let server = format!("{}:{:?}", url.host(), url.port());
        match self.dialect.profile().revisions.server_lock {
            true => server,
            false => format!("{server}/{}", url.location()),
        }
    }

    /// Connects for reading; `None` where there is no database yet.
    async fn reader(&self) -> Result<Option<Box<dyn Session>>, PipelineError> {
        let reach = dialect::reach(&self.live.value);
        if let Reach::File(path) = reach.map_err(|error| self.failed(error))?
            && !path.exists()
        {
            return Ok(None);
        }
        let connected = self.dialect.connect(&self.live.value).await;
        connected.map(Some).map_err(|error| self.failed(error))
    }

    async fn writer(&self) -> Result<Box<dyn Session>, PipelineError> {
        let connected = self.dialect.live(&self.live.value).await;
        connected.map_err(|error| self.failed(error))
    }

    /// Runs something with two sessions, the first of which keeps other runs away, and closes them: the other one runs the
    /// statements, each of which may take so long.
    async fn alone<T>(
        &self,
        timeout: Option<Duration>,
        run: impl AsyncFnOnce(&mut dyn Session, &mut dyn Session) -> Result<T, PipelineError>,
    ) -> Result<T, PipelineError> {
        let limit = &self.dialect.profile().revisions.limit;
        if timeout.is_some() && matches!(limit, Limit::None) {
            let server = self.dialect.profile().display;
            let problem = Problem::new(format!("{server} can't limit the time of a statement"));
            return Err(problem.hint("leave `--statement-timeout` out").into());
        }
        let mut guard = self.cancel.race(self.writer()).await??;
        let mut worker = match self.writer().await {
            Ok(worker) => worker,
            Err(error) => {
                let _ = guard.close().await;
                return Err(error);
            }
        };
        let done = async {
            if !self.held {
                self.hold(&mut *guard, LOCK).await?;
            }
            self.hold(&mut *worker, WORK).await?;
            run(&mut *guard, &mut *worker).await
        };
        let done = done.await;
        let _ = worker.close().await;
        let _ = guard.close().await;
        done
    }

    /// Holds a lock on a session, waiting as long as the settings say.
    async fn hold(&self, session: &mut dyn Session, lock: &str) -> Result<(), PipelineError> {
        let patience = self.env.migration.lock_timeout;
        // The second one is of the part of a server that the connection is limited to.
        let scope: String = session
            .scope()
            .unwrap_or_default()
            .chars()
            .take(32)
            .collect();
        let name = match lock {
            WORK => format!("{WORK} {scope}"),
            lock => lock.to_owned(),
        };
        let held = self.cancel.race(session.lock(&name, patience)).await?;
        match held.map_err(|error| self.failed(error))? {
            true => Ok(()),
            false if lock == WORK => Err(self
                .problem("a statement of an earlier run is still being run by the server")
                .hint("wait until it is done, then run this again")
                .into()),
            false => Err(self
                .problem(format!(
                    "migrations are being applied by another run: lock `{LOCK}` is held"
                ))
                .hint("run this again when it is done, or wait longer: `--lock-timeout 5m`")
                .into()),
        }
    }
}

/// What is to be done to a database. Nothing is written.
///
/// # Errors
/// When the database can't be read, or it can't be told what it has.
pub async fn plan(target: &Target<'_>, dir: &Dir, ask: &Ask<'_>) -> Result<Todo, PipelineError> {
    let Some(mut session) = target.cancel.race(target.reader()).await?? else {
        return todo::todo(target, dir, &Ledger::absent(target), None, ask).await;
    };
    let found = async {
        let ledger = Ledger::read(target, &mut *session).await?;
        todo::todo(target, dir, &ledger, Some(&mut *session), ask).await
    };
    let found = found.await;
    let _ = session.close().await;
    found
}

/// Applies migrations to a database. `agreed` is what somebody agreed to, where that was asked.
///
/// # Errors
/// When nothing was run: another run holds the database, or it can't be told what it has. That a file failed is an answer.
pub async fn apply(
    target: &Target<'_>,
    dir: &Dir,
    ask: &Ask<'_>,
    agreed: Option<&Todo>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Applied, PipelineError> {
    let since = Instant::now();
    let run = async |guard: &mut dyn Session, worker: &mut dyn Session| {
        let mut ledger = Ledger::read(target, guard).await?;
        let todo = todo::todo(target, dir, &ledger, Some(&mut *guard), ask).await?;
        if agreed.is_some_and(|agreed| agreed.names() != todo.names()) {
            return Err(target
                .problem(
                    "somebody applied migrations to the database in the meantime: nothing was done",
                )
                .hint("run this again to see what is left")
                .into());
        }
        let mut reads = Vec::with_capacity(todo.tasks.len());
        for task in &todo.tasks {
            reads.push(Read::of(target, task, ask.tx)?);
        }
        if ask.tx == Tx::All {
            reads
                .iter()
                .try_for_each(|read| read.require_whole(target))?;
        }
        if !ask.programs {
            reads.iter().try_for_each(|read| refuse_programs(read))?;
        }
        if let Some(first) = reads.first_mut() {
            settle(target, first, ask)?;
        }
        tell(Event::Planned(&todo));
        if todo.baseline.is_some() || !reads.is_empty() {
            let made = ledger.create(guard).await;
            made.map_err(|error| target.refused("make the table of revisions", error))?;
        }
        if let Some((version, description)) = &todo.baseline {
            let row = ledger.baseline(version, description);
            let recorded = guard.ask(&row, false).await;
            recorded.map_err(|error| target.refused("record the baseline", error))?;
        }
        let mut runner = Runner {
            target,
            session: worker,
            guard,
            ledger: &mut ledger,
            tell,
            timeout: ask.timeout,
            kill: None,
        };
        let (done, failed) = match ask.tx {
            Tx::All => runner.all(&reads, since).await,
            Tx::File | Tx::None => runner.each(&reads).await,
        };
        drop(reads);
        let (failed, failure) = failed.unzip();
        Ok(Applied {
            done,
            failed: failed.unwrap_or_default(),
            failure,
            took: since.elapsed(),
            todo,
        })
    };
    target.alone(ask.timeout, run).await
}

fn refuse_programs(read: &Read<'_>) -> Result<(), PipelineError> {
    let Some(line) = read.program() else {
        return Ok(());
    };
    let file = read.task.file.path().display();
    let problem = Problem::new(format!(
        "{file}:{}: a program is named, and none is run here",
        line.start
    ));
    let hint = "run `trueup migrate apply` where what the program needs is installed";
    Err(problem.hint(hint).into())
}

/// Decides what becomes of a statement of which nobody knows whether it ran.
fn settle(target: &Target<'_>, read: &mut Read<'_>, ask: &Ask<'_>) -> Result<(), PipelineError> {
    let Some(statement) = read.doubt() else {
        return Ok(());
    };
    let known = ask.settled.filter(|known| {
        known.file == read.task.file.name()
            && known.applied == read.from
            && known.sql == statement.text
    });
    if let Some(decision) = ask.doubt.or(known.map(|known| known.decision)) {
        read.decide(decision);
        return Ok(());
    }
    let file = read.task.file.path().display();
    if let Some(command) = program(&statement.text) {
        let problem = Problem::new(format!(
            "{file}:{}: an earlier run was interrupted while `{command}` ran, and nobody knows how far that came",
            statement.start
        ));
        return Err(problem
            .hint(
                "look, and go on behind it with `--interrupted done`, or run it again with `--interrupted again`, where it can be \
                 run twice",
            )
            .into());
    }
    Err(target
        .problem(format!(
            "{file}:{}: an earlier run was interrupted while this statement ran, and {} does not tell whether it was done",
            statement.start,
            target.dialect.profile().display,
        ))
        .statement(&statement.text, None)
        .hint(
            "name a dev database (`--dev-url`), by which the database itself tells; or look, and go on behind it with \
             `--interrupted done` or run it again with `--interrupted again`",
        )
        .into())
}

impl Runner<'_> {
    /// Files one by one; how many came to their end, and which did not and why.
    async fn each(&mut self, reads: &[Read<'_>]) -> (usize, Option<(usize, Failure)>) {
        for (done, read) in reads.iter().enumerate() {
            (self.tell)(Event::File(read.task));
            if let Err(failure) = self.run(read).await {
                return (done, Some((done, failure)));
            }
        }
        (reads.len(), None)
    }

    /// All files in one transaction: all or none come to their end.
    async fn all(
        &mut self,
        reads: &[Read<'_>],
        since: Instant,
    ) -> (usize, Option<(usize, Failure)>) {
        if let Some(first) = reads.first()
            && let Err(failure) = self.begin(first).await
        {
            return (0, Some((0, failure)));
        }
        let begun = Cell::new(0_usize);
        let done = self.transaction(reads, async |runner, read| {
            begun.set(begun.get() + 1);
            (runner.tell)(Event::File(read.task));
            let began = Instant::now();
            if begun.get() > 1 {
                // The file before may have set something else for itself.
                runner.limit(read).await?;
            }
            runner.checks(read).await?;
            runner.inside(read, since).await?;
            (runner.tell)(Event::Done(began.elapsed()));
            Ok(())
        });
        match done.await {
            Ok(()) => (reads.len(), None),
            Err(failure) => (0, Some((begun.get().saturating_sub(1), failure))),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            message: problem.message.clone(),
            problem,
            ..Self::default()
        }
    }
}
