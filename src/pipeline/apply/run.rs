//! Runs one file on a database, so that its record tells at any moment how much of it was done.
//!
//! Where all of a file can be in one transaction, its record is in it, too. Otherwise each statement is followed by its
//! record: in one transaction with it where it can be in one; where it can't, somebody may be cut off between the two,
//! and then only a look at the database tells whether the statement was run ([`super::settled`]).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::future::OptionFuture;
use sha2::{Digest as _, Sha256};

use super::ledger::{Ledger, Progress};
use super::program::Running;
use super::todo::Task;
use super::{Decision, Event, Failure, Target, Tx, WORK};
use crate::dialect::Role;
use crate::dialect::revisions::{ALIVE, Limit};
use crate::engine::script::{Script, ScriptError};
use crate::engine::{Answer, ExecError, Session, Value};
use crate::migration::{Checks, program};
use crate::pipeline::PipelineError;
use crate::plan::TxMode;
use crate::problem::Problem;
use crate::sql::Statement;

/// How often it is told that a statement still runs.
const BEAT: Duration = Duration::from_secs(1);

/// What runs files.
pub(super) struct Runner<'a> {
    pub(super) target: &'a Target<'a>,
    /// Runs the statements.
    pub(super) session: &'a mut dyn Session,
    /// Records what is done where that can't be in one transaction with it: nothing that a file sets reaches it.
    pub(super) guard: &'a mut dyn Session,
    pub(super) ledger: &'a mut Ledger,
    pub(super) tell: &'a mut dyn FnMut(Event<'_>),
    /// How long a statement may take.
    pub(super) timeout: Option<Duration>,
    /// Ends the statement that the session runs, where a setting does not.
    pub(super) kill: Option<Statement>,
}

/// A file, read.
pub(super) struct Read<'t> {
    pub(super) task: &'t Task,
    pub(super) statements: Vec<Statement>,
    /// What has to hold before it.
    pub(super) checks: Vec<Checks>,
    roles: Vec<Role>,
    pub(super) mode: TxMode,
    /// Hashes of the file up to each statement.
    sums: Vec<String>,
    /// The first statement that is to run.
    pub(super) from: usize,
}

/// A hash of a file up to each of its statements, as Atlas records them.
pub(super) fn sums(statements: &[Statement]) -> Vec<String> {
    let mut running = Sha256::new();
    let sum = |one: &Statement| {
        running.update(&one.text);
        format!("h1:{}", BASE64.encode(running.clone().finalize()))
    };
    statements.iter().map(sum).collect()
}

/// Whether it is part of a transaction as it is.
fn joins(role: Role) -> bool {
    matches!(
        role,
        Role::Part | Role::Alone | Role::Session | Role::Before
    )
}

impl<'t> Read<'t> {
    /// Reads a file, and where its run is to go on.
    ///
    /// # Errors
    /// When it can't be split, or was edited where it ran already.
    pub(super) fn of(target: &Target<'_>, task: &'t Task, tx: Tx) -> Result<Self, PipelineError> {
        let scan = &target.dialect.profile().scan;
        let own = task.file.tx_mode(scan).map_err(Problem::from)?;
        let mode = match (own, tx) {
            (Some(TxMode::None), Tx::All) => {
                return Err(Problem::new(format!(
                    "{} asks for no transaction, and `--tx-mode all` runs all files in one",
                    task.file.path().display()
                ))
                .hint("run up to that file first (`--to-version`), or use `--tx-mode file`")
                .into());
            }
            (Some(mode), _) => mode,
            (None, Tx::None) => TxMode::None,
            (None, Tx::File | Tx::All) => TxMode::File,
        };
        let statements = task.file.steps(scan).map_err(Problem::from)?;
        // `GO n` is several times the same statement.
        let statements: Vec<Statement> = statements
            .into_iter()
            .flat_map(|one| {
                let times = one.repeat.max(1) as usize;
                std::iter::repeat_n(Statement { repeat: 1, ..one }, times)
            })
            .collect();
        let sums = sums(&statements);
        let read = Self {
            task,
            roles: statements
                .iter()
                .map(|one| match program(&one.text) {
                    // It has a connection of its own.
                    Some(_) => Role::Commits,
                    None => target.dialect.role(&one.text),
                })
                .collect(),
            statements,
            checks: task.file.checks(scan).map_err(Problem::from)?,
            mode,
            sums,
            from: task.applied(),
        };
        read.check(target)?;
        Ok(read)
    }

    /// Refuses a file whose statements are not those that ran.
    fn check(&self, target: &Target<'_>) -> Result<(), PipelineError> {
        let name = self.task.file.path().display();
        let row = match &self.task.row {
            Some(row) if self.from > 0 => row,
            _ => return Ok(()),
        };
        let differs = row.hashes.iter().zip(&self.sums).position(|(a, b)| a != b);
        let problem = match differs {
            Some(at) => target.problem(format!(
                "{name} was edited after it was applied in part: statement {} is another one",
                at + 1
            )),
            None if self.from > self.statements.len() => target.problem(format!(
                "{name} was edited after it was applied in part: {} of its statements ran, and it has {} now",
                self.from,
                self.statements.len()
            )),
            None => return Ok(()),
        };
        Err(problem
            .hint(format!(
                "put back what ran, and change only what follows it; or bring the database there by hand and record that: \
                 `trueup migrate set {} --only{}`",
                self.task.file.version(),
                target.env.flags(target.live)
            ))
            .into())
    }

    /// It runs in one transaction, with its record.
    fn whole(&self) -> bool {
        self.mode == TxMode::File && self.roles.iter().all(|role| joins(*role))
    }

    /// Refuses what can't be part of one transaction for all files.
    pub(super) fn require_whole(&self, target: &Target<'_>) -> Result<(), PipelineError> {
        let Some(at) = self.roles.iter().position(|role| !joins(*role)) else {
            return Ok(());
        };
        let problem = match self.roles[at] {
            Role::Commits if program(&self.statements[at].text).is_some() => {
                "a program runs here, by a connection of its own".to_owned()
            }
            Role::Commits => format!(
                "{} commits at this statement",
                target.dialect.profile().display
            ),
            _ => "the file has transactions of its own".to_owned(),
        };
        let line = self.statements[at].start;
        Err(Problem::new(format!(
            "{}:{line}: {problem}, so that all files can't be one transaction",
            self.task.file.path().display()
        ))
        .hint("use `--tx-mode file`")
        .into())
    }

    /// The first program that it names.
    pub(super) fn program(&self) -> Option<&Statement> {
        let mut left = self.statements.iter().skip(self.from);
        left.find(|one| program(&one.text).is_some())
    }

    /// A statement that may have run without being recorded: the run before was cut off while it ran.
    pub(super) fn doubt(&self) -> Option<&Statement> {
        let row = self.task.row.as_ref()?;
        let began = row.revision.error.is_none() && row.revision.applied < row.revision.total;
        let role = self.roles.get(self.from)?;
        // Others record a statement after the transaction that it is in.
        let open = matches!(role, Role::Commits | Role::Alone) || *role == Role::Part && !row.ours;
        (began && open && !(row.ours && self.whole())).then(|| &self.statements[self.from])
    }

    /// Continues as it was decided.
    pub(super) fn decide(&mut self, decision: Decision) {
        if decision == Decision::Done {
            self.from += 1;
        }
    }

    /// Whether its first statements do something to the database, and not to the session alone.
    fn touched(&self, done: usize) -> bool {
        let idle = |role: &Role| matches!(role, Role::Session | Role::Before);
        !self.roles[..done].iter().all(idle)
    }

    /// There is something that has to hold before it; what was begun is not held up.
    pub(super) fn has_checks(&self) -> bool {
        self.from == 0 && !self.checks.is_empty()
    }

    fn progress(&self, applied: usize, since: Instant) -> Progress<'_> {
        Progress {
            applied,
            total: self.statements.len(),
            took: since.elapsed(),
            sums: &self.sums,
        }
    }
}

impl Runner<'_> {
    /// Runs a file.
    ///
    /// # Errors
    /// The statement that failed, and what is recorded then.
    pub(super) async fn run(&mut self, read: &Read<'_>) -> Result<(), Failure> {
        let since = Instant::now();
        self.begin(read).await?;
        if read.has_checks() {
            // Whatever a check does, nothing of it stays.
            self.own(read, self.target.dialect.profile().revisions.begin)
                .await?;
            let held = self.checks(read).await;
            self.own(read, "ROLLBACK").await?;
            held?;
        }
        let done = match read.whole() {
            true => self.in_one(read, since).await,
            false => self.step_by_step(read, since).await,
        };
        if done.is_ok() {
            (self.tell)(Event::Done(since.elapsed()));
        }
        done
    }

    /// Prepares the session for a file: what others set does not reach it, and the locks are held.
    pub(super) async fn begin(&mut self, read: &Read<'_>) -> Result<(), Failure> {
        let renewed = self.session.renew().await;
        renewed.map_err(|error| Failure::before(read, error.message))?;
        // The server's lock went with what the session was.
        let held = self.target.hold(self.session, WORK).await;
        held.map_err(|error| Failure::from(Problem::from(error)))?;
        if let Err(error) = self.guard.ask(&Statement::whole(ALIVE), true).await {
            return Err(Failure::from(
                self.target
                    .problem(format!(
                        "the connection that holds the lock is lost: {error}"
                    ))
                    .hint("nothing of this file was run: run this again"),
            ));
        }
        self.limit(read).await?;
        let strict = self.target.dialect.profile().revisions.strict;
        if !read.task.back.is_empty() && !strict.is_empty() {
            self.own(read, strict).await?;
        }
        // What ran before in another session set something for what follows.
        let set = read.statements[..read.from].iter().zip(&read.roles);
        let set = set.filter(|(_, role)| matches!(role, Role::Session | Role::Before));
        for (statement, _) in set {
            let done = self.session.ask(statement, false).await;
            done.map_err(|error| {
                Failure::before(
                    read,
                    format!("{} can't be run again: {error}", statement.text),
                )
            })?;
        }
        Ok(())
    }

    /// Limits how long statements of the session may take; a file may set something else for itself.
    pub(super) async fn limit(&mut self, read: &Read<'_>) -> Result<(), Failure> {
        let Some(timeout) = self.timeout else {
            return Ok(());
        };
        match &self.target.dialect.profile().revisions.limit {
            // Nothing would be no limit at all.
            Limit::Setting(setting) => {
                let milliseconds = timeout.as_nanos().div_ceil(1_000_000);
                self.own(read, &setting(milliseconds)).await
            }
            Limit::Kill { number, kill } => {
                let found = self.session.ask(&Statement::whole(*number), true).await;
                let found = found.map_err(|error| Failure::before(read, error.message))?;
                let number = match found.rows.first().and_then(|row| row.first()) {
                    Some(Value::Integer(number)) => number.to_string(),
                    Some(Value::Text(number)) => number.clone(),
                    _ => return Ok(()),
                };
                self.kill = Some(Statement::whole(format!("{kill} {number}")));
                Ok(())
            }
            Limit::None => Ok(()),
        }
    }

    /// Runs statements of a file and its record in a transaction that is open already. The record comes first: a file may go
    /// on as another role, or in another schema.
    pub(super) async fn inside(&mut self, read: &Read<'_>, since: Instant) -> Result<(), Failure> {
        self.record(read, read.statements.len(), since, false)
            .await?;
        for at in read.from..read.statements.len() {
            self.statement(read, at).await?;
        }
        Ok(())
    }

    async fn in_one(&mut self, read: &Read<'_>, since: Instant) -> Result<(), Failure> {
        let reads = std::slice::from_ref(read);
        self.transaction(reads, async |runner, read| runner.inside(read, since).await)
            .await?;
        let timed = self.ledger.timed(read.task.file.version(), since.elapsed());
        if let Err(error) = self.guard.ask(&timed, false).await {
            tracing::warn!(
                "how long {} took is not recorded: {error}",
                read.task.file.name()
            );
        }
        Ok(())
    }

    /// Files in one transaction, all of them or none.
    pub(super) async fn transaction(
        &mut self,
        reads: &[Read<'_>],
        run: impl AsyncFn(&mut Self, &Read<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(first) = reads.first() else {
            return Ok(());
        };
        let sql = &self.target.dialect.profile().revisions;
        let unchecked = reads.iter().any(|read| read.roles.contains(&Role::Before));
        let mut before = Vec::new();
        if unchecked {
            self.own(first, sql.unchecked).await?;
            before = self.violations(first).await?;
        }
        self.own(first, sql.begin).await?;
        let work = async {
            for read in reads {
                run(self, read).await?;
            }
            if unchecked {
                let after = self.violations(first).await?;
                if let Some(row) = after.iter().find(|row| !before.contains(row)) {
                    let message = format!("a row refers to one that is not there after it: {row}");
                    return Err(Failure::before(first, message));
                }
            }
            let done = self.session.ask(&Statement::whole("COMMIT"), false).await;
            done.map(drop).map_err(|error| Failure {
                unanswered: error.code.is_none(),
                ..Failure::before(first, error.message)
            })
        };
        let done = work.await;
        if done.is_err() {
            let _ = self.session.ask(&Statement::whole("ROLLBACK"), false).await;
        }
        done
    }

    async fn step_by_step(&mut self, read: &Read<'_>, since: Instant) -> Result<(), Failure> {
        let sql = &self.target.dialect.profile().revisions;
        self.record(read, read.from, since, true).await?;
        // A transaction that the file began.
        let mut own = false;
        // How many statements are done whatever becomes of the next one.
        let mut done_for_good = read.from;
        // What is recorded of a transaction is there because it was committed, even where that could not be recorded.
        let committed = read.roles[..read.from]
            .iter()
            .fold(false, |own, role| match role {
                Role::Begins => true,
                Role::Ends | Role::Commits => false,
                _ => own,
            });
        for at in read.from..read.statements.len() {
            let role = read.roles[at];
            if committed && at == read.from && role == Role::Ends {
                self.record(read, at + 1, since, true).await?;
                done_for_good = at + 1;
                continue;
            }
            if own && program(&read.statements[at].text).is_some() {
                let message =
                    "a program would wait for the transaction that the file begins before it"
                        .to_owned();
                let failure = Failure::before(read, message);
                return Err(self.stop(read, done_for_good, failure).await);
            }
            let ours = role == Role::Part && !own;
            match role {
                Role::Begins => own = true,
                Role::Ends | Role::Commits => own = false,
                _ => {}
            }
            let step = async {
                if ours {
                    self.own(read, sql.begin).await?;
                }
                self.statement(read, at).await?;
                let lasting = !ours && !own;
                let recorded = async {
                    if lasting && !sql.settle.is_empty() {
                        self.own(read, sql.settle).await?;
                    }
                    self.record(read, at + 1, since, lasting).await
                };
                // It was done, although that is not recorded.
                recorded.await.map_err(|failure| Failure {
                    unanswered: lasting,
                    ..failure
                })?;
                if ours {
                    self.own(read, "COMMIT").await?;
                }
                Ok(())
            };
            let done: Result<(), Failure> = step.await;
            if let Err(failure) = done {
                return Err(self.stop(read, done_for_good, failure).await);
            }
            if !own {
                done_for_good = at + 1;
            }
        }
        if own {
            let message = "the transaction that the file begins is never committed".to_owned();
            let failure = Failure::before(read, message);
            return Err(self.stop(read, done_for_good, failure).await);
        }
        Ok(())
    }

    /// Records why a file ended before its end; how far it came is recorded already. Of a reverse plan of which nothing was done the
    /// records become what they were.
    async fn stop(&mut self, read: &Read<'_>, done: usize, failure: Failure) -> Failure {
        let _ = self.session.ask(&Statement::whole("ROLLBACK"), false).await;
        if let Some(before) = &read.task.before
            && !failure.unanswered
            && !read.touched(done)
        {
            let restored = self.ledger.restore(before);
            match self.guard.ask(&restored, false).await {
                Ok(_) => return failure,
                Err(error) => tracing::warn!("the records are not put back: {error}"),
            }
        }
        // Of a statement that was not answered nobody knows what became of it: a record that says why it failed would say that
        // it was not done.
        if !failure.unanswered {
            let statement = failure.statement.as_deref().unwrap_or_default();
            let version = read.task.file.version();
            let noted = self.ledger.stopped(version, &failure.message, statement);
            if let Err(error) = self.guard.ask(&noted, false).await {
                tracing::warn!(
                    "why {} failed is not recorded: {error}",
                    read.task.file.name()
                );
            }
        }
        Failure {
            recorded: true,
            ..failure
        }
    }

    /// Somebody asked to stop.
    pub(super) fn stopped(&self, read: &Read<'_>, what: &str) -> Option<Failure> {
        let asked = self.target.cancel.check().is_err();
        asked.then(|| Failure {
            interrupted: true,
            ..Failure::before(read, format!("stopped before {what}, as requested"))
        })
    }

    async fn statement(&mut self, read: &Read<'_>, at: usize) -> Result<(), Failure> {
        if let Some(failure) = self.stopped(read, &format!("statement {}", at + 1)) {
            return Err(failure);
        }
        let statement = &read.statements[at];
        (self.tell)(Event::Statement(&statement.text));
        if let Some(command) = program(&statement.text) {
            return self.program(read, at, command).await;
        }
        let since = Instant::now();
        // Its effect is wanted, whatever it answers.
        let (answered, cut_off) = self.ask(statement, (at, false)).await;
        let Err(error) = answered else {
            (self.tell)(Event::Ran(since.elapsed()));
            return Ok(());
        };
        let unanswered = match cut_off {
            // What is in a transaction is rolled back.
            _ if read.whole() => false,
            true => matches!(read.roles[at], Role::Commits | Role::Alone),
            false => error.code.is_none(),
        };
        let error = ExecError {
            statement: at,
            ..error
        };
        let errors = &self.target.dialect.profile().errors;
        let is_done = errors.is_done(&statement.text, &error);
        let failure = Failure::at(read, &read.statements, error);
        let late = self
            .timeout
            .is_some_and(|timeout| since.elapsed() >= timeout);
        let problem = match late {
            true => failure
                .problem
                .hint("`--statement-timeout` says how long a statement may take"),
            // A migration that takes in what was done by hand is not to run where that was done.
            false if is_done && at == 0 => {
                let (file, version) = (read.task.file.name(), read.task.file.version());
                let flags = self.target.env.flags(self.target.live);
                // What comes before it and behind it keeps its record, or goes on having none.
                failure.problem.hint(format!(
                    "where the database has all that {file} does, as after a pull request of `mode: drift`, record that instead: \
                     `trueup migrate set {version} --only{flags}`"
                ))
            }
            false => failure.problem,
        };
        Err(Failure {
            unanswered,
            problem,
            ..failure
        })
    }

    /// Sends a statement and waits for its end, or ends it when that takes too long: nobody knows how far it came then.
    pub(super) async fn ask(
        &mut self,
        statement: &Statement,
        (at, rows): (usize, bool),
    ) -> (Result<Answer, ExecError>, bool) {
        let since = Instant::now();
        let mut asked = std::pin::pin!(self.session.ask(statement, rows));
        let mut beat = tokio::time::interval_at((since + BEAT).into(), BEAT);
        let late = self.timeout.filter(|_| self.kill.is_some());
        let mut late = std::pin::pin!(OptionFuture::from(late.map(tokio::time::sleep)));
        let (mut stopping, mut waited, mut killed) = (false, false, false);
        let answered = loop {
            tokio::select! {
                answered = &mut asked => break answered,
                _ = self.target.cancel.requested(), if !stopping => {
                    stopping = true;
                    (self.tell)(Event::Stopping);
                }
                Some(()) = &mut late, if !waited => {
                    waited = true;
                    if let Some(kill) = &self.kill {
                        match self.guard.ask(kill, false).await {
                            Ok(_) => killed = true,
                            Err(error) => tracing::warn!(
                                "a statement that takes too long can't be ended: {error}"
                            ),
                        }
                    }
                }
                _ = beat.tick() => (self.tell)(Event::Running(since.elapsed())),
            }
        };
        // MySQL answers a `SLEEP` that was ended as if it had come to its end: nobody knows how far a statement came then.
        let cut_off = killed && answered.is_ok();
        let answered = match cut_off {
            true => Err(ExecError::refused(
                at,
                "it took too long, and was ended; the server answered as if it were done",
            )),
            false => answered,
        };
        (answered, cut_off)
    }

    /// Runs a program that the file names, to its end.
    async fn program(&mut self, read: &Read<'_>, at: usize, command: &str) -> Result<(), Failure> {
        let since = Instant::now();
        let url = &self.target.live.value;
        let failed = |message: String| {
            let statement = &read.statements[at];
            let place = format!(
                "{}:{}",
                read.task.file.path().display(),
                statement.start.line
            );
            Failure {
                problem: Problem::new(format!("{place}: {message}")),
                statement: Some(statement.text.clone()),
                message,
                ..Failure::default()
            }
        };
        let mut running = Running::start(command, url).map_err(failed)?;
        let mut beat = tokio::time::interval_at((since + BEAT).into(), BEAT);
        let mut stopping = false;
        loop {
            tokio::select! {
                line = running.line() => match line {
                    Some(line) => (self.tell)(Event::Output(&line)),
                    None => break,
                },
                _ = self.target.cancel.requested(), if !stopping => {
                    stopping = true;
                    (self.tell)(Event::Stopping);
                }
                _ = beat.tick() => (self.tell)(Event::Running(since.elapsed())),
            }
        }
        running.ended().await.map_err(failed)?;
        (self.tell)(Event::Ran(since.elapsed()));
        Ok(())
    }

    /// Records how far a file came: `aside`, or in the transaction of the statements.
    async fn record(
        &mut self,
        read: &Read<'_>,
        applied: usize,
        since: Instant,
        aside: bool,
    ) -> Result<(), Failure> {
        let progress = read.progress(applied, since);
        let (file, hash) = (&read.task.file, &read.task.hash);
        let there = read.task.row.is_some() || applied > read.from && !read.whole();
        let back = &read.task.back;
        let statements = match () {
            () if !back.is_empty() => self.ledger.back(back, progress, read.touched(applied)),
            () if there => vec![self.ledger.went_on(file.version(), hash, progress)],
            () => vec![self.ledger.ran(file, hash, progress)],
        };
        let recorded = match (aside, &statements[..]) {
            (true, [one]) => self.guard.ask(one, false).await.map(drop),
            (true, several) => self.ledger.all(self.guard, several).await,
            (false, all) => {
                let mut recorded = Ok(());
                for statement in all {
                    recorded = self.session.ask(statement, false).await.map(drop);
                    if recorded.is_err() {
                        break;
                    }
                }
                recorded
            }
        };
        recorded.map_err(|error| {
            Failure::before(read, format!("it can't be recorded: {}", error.message))
        })
    }

    async fn own(&mut self, read: &Read<'_>, sql: &str) -> Result<(), Failure> {
        let done = self.session.ask(&Statement::whole(sql), false).await;
        done.map(drop)
            .map_err(|error| Failure::before(read, error.message))
    }

    /// Rows that refer to rows that are not there: their table, number, and the table that they refer to.
    async fn violations(&mut self, read: &Read<'_>) -> Result<Vec<String>, Failure> {
        let query = self.target.dialect.profile().revisions.violations;
        let found = self.session.ask(&Statement::whole(query), true).await;
        let found = found.map_err(|error| Failure::before(read, error.message))?;
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        let row = |row: &Vec<Value>| match &row[..] {
            [table, number, parent, ..] => {
                format!(
                    "row {} of {} to {}",
                    text(number),
                    text(table),
                    text(parent)
                )
            }
            _ => String::new(),
        };
        Ok(found.rows.iter().map(row).collect())
    }
}

impl Failure {
    /// What is not about one statement.
    pub(super) fn before(read: &Read<'_>, message: String) -> Self {
        Self {
            problem: Problem::new(format!("{}: {message}", read.task.file.path().display())),
            message,
            ..Self::default()
        }
    }

    pub(super) fn at(read: &Read<'_>, statements: &[Statement], error: ExecError) -> Self {
        let text = statements[error.statement].text.clone();
        let name = read.task.file.path().display().to_string();
        let message = error.message.clone();
        let script = Script {
            name: &name,
            text: read.task.file.text(),
            statements,
            mode: read.mode,
        };
        let error = ScriptError::refused(&script, error);
        let place = error.place();
        Self {
            message,
            statement: Some(text),
            problem: Problem {
                place,
                ..Problem::from(error)
            },
            ..Self::default()
        }
    }
}
