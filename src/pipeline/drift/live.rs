//! A look at one live database: what it records and what it holds, beside what its migrations make.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::super::planner::{Pair, Planner, inspect_options};
use super::super::records::{self, ALEMBIC, LOCK, Row, Taken, told};
use super::super::state::unreadable;
use super::super::{Context, PipelineError, Writing};
use super::expected::{self, Drift, Expected, Place};
use crate::config::{DbUrl, Env, Located};
use crate::current::History;
use crate::current::alembic::{Alembic, Survey};
use crate::desired::Asked;
use crate::dialect::revisions::TABLE as REVISIONS;
use crate::engine::{EngineError, Session};
use crate::migration::{Dir, Records};
use crate::problem::Problem;
use crate::schema::change::{Change, Edit, TextChange};
use crate::schema::{Realm, Schema, TextObject};
use crate::sql::Rules;
use crate::sql::token::{Token, requalified};

/// How long between two looks at a lock that is held.
const POLL: Duration = Duration::from_millis(500);

/// What is asked of every database.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The version that it is at, where it does not say itself.
    pub revision: Option<&'a str>,
    /// How long after the first look at a difference the second one follows.
    pub grace: Duration,
    /// How SQL is written.
    pub writing: Writing<'a>,
}

/// What a look at a database comes to.
pub(super) enum Seen {
    /// One of the answers of the bench.
    Settled(usize),
    /// It has to be looked at again: the hash of what differs, if that is known.
    Again(Option<String>),
}

/// The migrations that databases stand at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Migrations<'a> {
    Files(&'a Dir),
    Alembic(&'a Alembic, &'a Survey),
}

/// One database, and who looks at it.
pub(super) struct Watch<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) migrations: Migrations<'a>,
    pub(super) ask: &'a Ask<'a>,
    pub(super) live: &'a Located<DbUrl>,
    /// The dev database is limited to one schema.
    pub(super) dev_scoped: bool,
}

/// What was seen at one time.
struct Look {
    records: Records,
    realm: Realm,
    /// What of it is half done, in sentences.
    notes: Vec<String>,
}

impl Watch<'_> {
    /// Looks at the database; `before` is the hash of the look before.
    pub(super) async fn look_once<R, F: Fn(Drift) -> R>(
        &self,
        bench: &Mutex<Expected<'_, R, F>>,
        before: Option<&str>,
    ) -> Result<Seen, PipelineError> {
        let connected = self.context.dialect.connect(&self.live.value).await;
        let mut live = connected.map_err(|error| self.failed(error))?;
        let found = self.compare_once(bench, &mut *live, before).await;
        // What was read is what counts, and nobody waits for a proof with a connection.
        let _ = live.close().await;
        match found? {
            Ok(seen) => Ok(Seen::Settled(bench.lock().await.tell(*seen).await?)),
            Err(hash) => Ok(Seen::Again(hash)),
        }
    }

    /// What is so for certain, or the hash to be seen once more.
    async fn compare_once<R, F: Fn(Drift) -> R>(
        &self,
        bench: &Mutex<Expected<'_, R, F>>,
        live: &mut dyn Session,
        before: Option<&str>,
    ) -> Result<Result<Box<expected::Seen>, Option<String>>, PipelineError> {
        let (records, _) = self.settled(live).await?;
        let rules = &self.context.dialect.profile().scan;
        let standing = match self.migrations {
            Migrations::Files(dir) => dir.at(&records, rules).map(|standing| (standing, None)),
            Migrations::Alembic(alembic, survey) => survey.at(&records).map(|(to, standing)| {
                let history = History::Alembic(Box::new(alembic.up_to(to)));
                (standing, Some(Arc::new(history)))
            }),
        };
        let (standing, history) = match standing {
            Ok(standing) => standing,
            Err(error) => {
                let problem = Problem::from(error).detail("database", told(self.live));
                return Err(self.elsewhere(live, &records, problem).await.into());
            }
        };
        let defaults = match self.dev_scoped {
            true => live.defaults().await.map_err(|error| self.failed(error))?,
            false => Vec::new(),
        };
        let place = Place {
            standing,
            defaults,
            history,
        };
        let made = bench.lock().await.made(place).await?;
        let scoped = self.dev_scoped || live.scoped();
        let look = self.look(live, &made.realm, scoped).await?;
        if look.records != records {
            return Ok(Err(before.map(str::to_owned)));
        }
        let mut left_out = made.exclude().to_vec();
        let mut forth = self.compare(&made.realm, &look.realm, &left_out, scoped)?;
        let mut found = self.planner(scoped).diff(&forth.states);
        if let Migrations::Alembic(alembic, survey) = self.migrations
            && survey.filters
            && !found.is_empty()
        {
            let asked = Asked::of(&look.realm, &made.realm, scoped);
            left_out.extend(bench.lock().await.left_out(alembic, &asked).await?);
            forth = self.compare(&made.realm, &look.realm, &left_out, scoped)?;
            found = self.planner(scoped).diff(&forth.states);
        }
        let hash = hash(&found.changes, &found.texts);
        if !found.is_empty() && before != Some(hash.as_str()) {
            return Ok(Err(Some(hash)));
        }
        let back = self.compare(&look.realm, &made.realm, &left_out, scoped)?;
        Ok(Ok(Box::new(expected::Seen {
            made,
            forth,
            back,
            notes: look.notes,
            hash: match found.is_empty() {
                true => String::new(),
                false => hash,
            },
            scoped,
        })))
    }

    /// Planners here only compare.
    fn planner(&self, scoped: bool) -> Planner<'_> {
        Planner {
            env: self.context.env,
            dialect: self.context.dialect,
            scoped,
            writing: self.ask.writing,
            writes: true,
        }
    }

    fn env(&self) -> &Env {
        self.context.env
    }

    fn failed(&self, error: EngineError) -> PipelineError {
        unreadable(self.live, error)
    }

    /// What is recorded while nobody migrates, which is waited for as for the lock of the directory; and which versions are half
    /// taken back, in a sentence.
    async fn settled(
        &self,
        live: &mut dyn Session,
    ) -> Result<(Records, Option<String>), PipelineError> {
        let patience = self.env().migration.lock_timeout;
        let since = tokio::time::Instant::now();
        let failed = |error| self.failed(error);
        while live.is_locked(LOCK).await.map_err(failed)? {
            if since.elapsed() >= patience {
                return Err(Problem::new(format!(
                    "migrations are being applied to the database: lock `{LOCK}` is held"
                ))
                .detail("database", told(self.live))
                .hint("run it again when they are done")
                .into());
            }
            tokio::time::sleep(POLL.min(patience)).await;
        }
        self.records(live).await
    }

    /// What the database says was applied to it.
    async fn records(
        &self,
        live: &mut dyn Session,
    ) -> Result<(Records, Option<String>), PipelineError> {
        let migration = &self.env().migration;
        if let Some(version) = self.ask.revision {
            return Ok((Records::Told(version.to_owned()), None));
        }
        if let Migrations::Alembic(_, survey) = self.migrations {
            let recorded = records::alembic(self.live, live, &survey.table).await?;
            return Ok((recorded.map_or(Records::None, Records::Alembic), None));
        }
        let place = migration.revisions_schema.as_deref();
        let rows = records::of_atlas(self.live, live, place).await?;
        // Atlas makes its table before it refuses a database that has something already.
        if let Some(rows) = rows.as_ref().filter(|rows| !rows.is_empty()) {
            let back = rows.iter().find_map(Row::back).map(|taken| {
                format!(
                    "{}: taking that back was interrupted, so that the database is between two versions: let it come to its end \
                     (`trueup migrate down`)",
                    Taken::names(&taken)
                )
            });
            return Ok((Records::Revisions(records::counted(rows)), back));
        }
        let alembic = (None, ALEMBIC.to_owned());
        if let Some(revisions) = records::alembic(self.live, live, &alembic).await? {
            return Ok((Records::Alembic(revisions), None));
        }
        let told = match (&migration.baseline, &rows) {
            (Some(version), _) => Records::Told(version.clone()),
            (None, Some(_)) => Records::Revisions(Vec::new()),
            (None, None) => Records::None,
        };
        Ok((told, None))
    }

    /// Where nothing is recorded in the part of the database that is looked at, there may be records in another.
    async fn elsewhere(
        &self,
        live: &mut dyn Session,
        records: &Records,
        problem: Problem,
    ) -> Problem {
        if *records != Records::None {
            return problem;
        }
        if let Migrations::Alembic(_, survey) = self.migrations {
            return problem.detail("looked for", format!("table {}", survey.table.1));
        }
        let problem = problem.detail("looked for", format!("tables {REVISIONS} and {ALEMBIC}"));
        let found = live.tables_named(&[REVISIONS]).await.unwrap_or_default();
        match found.first() {
            Some((schema, _)) => problem.hint(format!(
                "there is a table {schema}.{REVISIONS}: if it belongs to this database, `--revisions-schema {schema}`"
            )),
            None => problem,
        }
    }

    /// Reads the database, and what it records afterwards.
    async fn look(
        &self,
        live: &mut dyn Session,
        expected: &Realm,
        scoped: bool,
    ) -> Result<Look, PipelineError> {
        let mut options = inspect_options(self.env(), live.scoped());
        if self.dev_scoped && !live.scoped() && options.schemas.is_empty() {
            // The migrations are of one schema, so the others are not compared.
            let schemas = expected.schemas.iter();
            options.schemas = schemas.map(|schema| schema.name.clone()).collect();
        }
        let realm = live.inspect(&options).await;
        let mut realm = realm.map_err(|error| self.failed(error))?;
        if let [only] = &expected.schemas[..]
            && self.dev_scoped
            && !live.scoped()
            && realm.schema(&only.name).is_none()
        {
            return Err(Problem::new(format!(
                "the dev database is limited to one schema, and the database has none called `{}`",
                only.name
            ))
            .detail("database", told(self.live))
            .hint("limit its URL to the one that the migrations make, too")
            .into());
        }
        if let ([ours], [theirs]) = (&expected.schemas[..], &mut realm.schemas[..])
            && scoped
            && ours.name != theirs.name
        {
            let name = theirs.name.clone();
            let rules = &self.context.dialect.profile().scan.rules;
            respell(&mut theirs.texts, &name, ours, rules);
            realm.rename_schema(&name, &ours.name);
        }
        self.context.dialect.forget_rows(&mut realm);
        let overlooked = self.context.dialect.overlook(&mut realm, expected);
        if !overlooked.is_empty() {
            tracing::info!(
                "not drift, since jobs or the provider create it: {}",
                overlooked.join(", ")
            );
        }
        let mut notes = self.context.dialect.broken(&mut realm, expected);
        let (records, back) = self.settled(live).await?;
        notes.extend(back);
        Ok(Look {
            records,
            realm,
            notes,
        })
    }

    fn compare(
        &self,
        expected: &Realm,
        live: &Realm,
        left_out: &[String],
        scoped: bool,
    ) -> Result<Pair, PipelineError> {
        let planner = self.planner(scoped);
        planner.between(left_out, expected.clone(), live.clone())
    }
}

/// Definitions of objects that are kept as text hold the name of their schema, which is another one here: that is no
/// difference where it is the only one.
fn respell(texts: &mut [TextObject], name: &str, expected: &Schema, rules: &Rules) {
    for object in texts {
        let mut known = expected.texts.iter();
        let known = known.find(|known| {
            (&known.kind, &known.table, &known.name) == (&object.kind, &object.table, &object.name)
        });
        // In the body of a routine it may be a string.
        let everywhere = object.definition.replace(name, &expected.name);
        object.definition = match known.is_some_and(|known| known.definition == everywhere) {
            true => everywhere,
            false => {
                let own = |token: &Token<'_>| token.name().is_some_and(|own| own == name);
                let to = |token: &Token<'_>| Some(token.text.replace(name, &expected.name));
                requalified(&object.definition, rules, own, to)
            }
        };
    }
}

/// 16 hexadecimal digits that stand for what differs: both sides of every object, as they are recorded.
fn hash(changes: &[Change], texts: &[TextChange]) -> String {
    fn sides<T: serde::Serialize>(edit: &Edit<T>) -> Value {
        json!([edit.from(), edit.to()])
    }
    let changes = changes.iter().map(|change| {
        let sides = match change {
            Change::Schema(edit) => sides(edit),
            Change::Enum { edit, .. } => sides(edit),
            Change::Sequence { edit, .. } => sides(edit),
            Change::Text(change) => sides(&change.edit),
            Change::AddTable { table, .. } => json!([null, table]),
            Change::DropTable { table, .. } => json!([table, null]),
            Change::ModifyTable(modify) => json!([modify.from, modify.to]),
        };
        json!([change.object().schema, change.object().name, sides])
    });
    let texts = texts
        .iter()
        .map(|text| json!([text.schema, sides(&text.edit)]));
    let mut all: Vec<String> = changes
        .chain(texts)
        .map(|value| value.to_string())
        .collect();
    all.sort();
    let digest = Sha256::digest(all.join("\n"));
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
