//! A live database against the migrations that it says it has: what was done to it by hand.
//!
//! The database is only read. What differs counts when it is seen twice, some time apart, with the same records of what was
//! applied before and after, and while no migration runs.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::dev::with_dev;
use super::proof::{Planner, inspect_options};
use super::state::unreadable;
use super::{Context, Outcome, PipelineError, Verdict, Writing};
use crate::config::{DbUrl, Env, Located};
use crate::current;
use crate::desired;
use crate::dialect;
use crate::diff::{Comparable, Cut};
use crate::engine::exclude::Exclude;
use crate::engine::{DevDatabase, EngineError, Row, Session};
use crate::migration::{Dir, Records, Revision, Standing};
use crate::plan::TxMode;
use crate::problem::Problem;
use crate::schema::change::{Change, Edit, TextChange};
use crate::schema::{Realm, Schema, TextObject};
use crate::sql::scan;

/// How often a database is looked at that is another one each time.
const LOOKS: usize = 5;

/// How long between two looks at a lock that is held.
const POLL: Duration = Duration::from_millis(500);

/// The lock that Atlas holds while it applies migrations.
const LOCK: &str = "atlas_migrate_execute";

/// Atlas' table, and the columns of [`Revision`] in their order.
const REVISIONS: &str = "atlas_schema_revisions";
const COLUMNS: &[&str] = &["version", "type", "applied", "total", "error", "hash"];

/// Alembic's table.
const ALEMBIC: &str = "alembic_version";

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The database that is looked at.
    pub live: &'a Located<DbUrl>,
    /// The version that it is at, where it does not say itself.
    pub revision: Option<&'a str>,
    /// How long after the first look at a difference the second one follows.
    pub grace: Duration,
    /// How SQL is written.
    pub writing: Writing<'a>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Drift {
    /// Which of the migrations the database has.
    pub standing: Standing,
    /// From the migrations to the database: what was done to it, and the migration that takes that in.
    pub adopt: Outcome,
    /// From the database to the migrations: the SQL that undoes it.
    pub restore: Outcome,
    /// Tells this drift from others, whatever the words for it; empty where there is none.
    pub hash: String,
}

impl Drift {
    /// Whether the database is what its migrations make.
    pub fn verdict(&self) -> Verdict {
        self.adopt.verdict
    }
}

/// Looks at a database.
///
/// # Errors
/// When it can't be read, does not say what was applied to it, is being migrated, or the migrations can't be replayed.
pub async fn drift(
    context: &Context<'_>,
    dir: &Dir,
    ask: &Ask<'_>,
) -> Result<Drift, PipelineError> {
    let theirs = dialect::for_url(&ask.live.value).map_err(|error| unreadable(ask.live, error))?;
    let (dev, live) = (context.dialect.profile(), theirs.profile());
    if dev.name != live.name {
        return Err(Problem::new(format!(
            "the database is {}, and the dev database {}",
            live.display, dev.display
        ))
        .hint("both must be of one kind")
        .into());
    }
    let settled = super::directory::settled(context, dir);
    let context = &context.on(settled.as_ref());
    with_dev(context, async |dev| {
        let connected = context.dialect.connect(&ask.live.value).await;
        let mut live = connected.map_err(|error| unreadable(ask.live, error))?;
        let watch = Watch {
            context,
            dir,
            ask,
            scoped: dev.scoped() || live.scoped(),
        };
        let found = watch.watch(dev, &mut *live).await;
        // What was read is what counts.
        let _ = live.close().await;
        found
    })
    .await
}

struct Watch<'a> {
    context: &'a Context<'a>,
    dir: &'a Dir,
    ask: &'a Ask<'a>,
    /// Names are not qualified.
    scoped: bool,
}

/// What was seen at one time.
struct Look {
    records: Records,
    realm: Realm,
    /// What of it is half done, in sentences.
    notes: Vec<String>,
}

/// What the migrations make that the database has.
struct Expected {
    records: Records,
    standing: Standing,
    realm: Realm,
    session: Box<dyn Session>,
}

impl Watch<'_> {
    async fn watch(
        &self,
        dev: &mut dyn DevDatabase,
        live: &mut dyn Session,
    ) -> Result<Drift, PipelineError> {
        let mut records = self.settled(live).await?;
        let mut expected: Option<Expected> = None;
        let mut before = None;
        for _ in 0..LOOKS {
            let now = match expected.take() {
                Some(same) if same.records == records => same,
                other => {
                    if let Some(other) = other {
                        other.session.close().await?;
                    }
                    self.replay(dev, live, records).await?
                }
            };
            let look = self.look(live, &now.realm, dev.scoped()).await?;
            if look.records == now.records {
                let both = self.compare(&now.realm, &look.realm)?;
                let found = self.planner().diff(&both.0);
                let hash = hash(&found.changes, &found.texts);
                if found.is_empty() || before.as_ref() == Some(&hash) {
                    return self.tell(dev, now, &look, both, hash).await;
                }
                before = Some(hash);
                tokio::time::sleep(self.ask.grace).await;
                records = self.settled(live).await?;
            } else {
                records = look.records;
            }
            expected = Some(now);
        }
        Err(Problem::new(format!(
            "the database changes while it is looked at: {LOOKS} looks found something else each time"
        ))
        .detail("database", self.database())
        .hint("run it again when nobody works on the schema")
        .into())
    }

    fn database(&self) -> String {
        format!("{} ({})", self.ask.live.value, self.ask.live.origin)
    }

    fn planner(&self) -> Planner<'_> {
        Planner {
            env: self.context.env,
            dialect: self.context.dialect,
            scoped: self.scoped,
            writing: self.ask.writing,
            writes: true,
        }
    }

    fn env(&self) -> &Env {
        self.context.env
    }

    fn failed(&self, error: EngineError) -> PipelineError {
        unreadable(self.ask.live, error)
    }

    /// What is recorded while nobody migrates, which is waited for as for the lock of the directory.
    async fn settled(&self, live: &mut dyn Session) -> Result<Records, PipelineError> {
        let patience = self.env().migration.lock_timeout;
        let since = tokio::time::Instant::now();
        let failed = |error| self.failed(error);
        while live.is_locked(LOCK).await.map_err(failed)? {
            if since.elapsed() >= patience {
                return Err(Problem::new(format!(
                    "migrations are being applied to the database: lock `{LOCK}` is held"
                ))
                .detail("database", self.database())
                .hint("run it again when they are done")
                .into());
            }
            tokio::time::sleep(POLL.min(patience)).await;
        }
        self.records(live).await
    }

    /// What the database says was applied to it.
    async fn records(&self, live: &mut dyn Session) -> Result<Records, PipelineError> {
        let migration = &self.env().migration;
        if let Some(version) = self.ask.revision {
            return Ok(Records::Told(version.to_owned()));
        }
        let failed = |error| self.failed(error);
        let tables = live.tables_named(&[REVISIONS, ALEMBIC]).await;
        let tables = tables.map_err(failed)?;
        let scope = live.scope().map(str::to_owned);
        let named = |table: &str, schema: Option<&str>| -> Vec<&str> {
            let found = tables.iter().filter(|(_, name)| name == table);
            let found = found.filter(|(own, _)| schema.is_none_or(|schema| schema == own));
            found.map(|(schema, _)| schema.as_str()).collect()
        };
        let place = migration.revisions_schema.as_deref();
        let atlas = self.one(REVISIONS, named(REVISIONS, place.or(scope.as_deref())))?;
        if let (None, Some(schema)) = (atlas, place) {
            return Err(Problem::new(format!(
                "there is no table {schema}.{REVISIONS}, or the user may not see it"
            ))
            .detail("database", self.database())
            .hint("`revisions_schema` names where Atlas keeps its records; the user needs SELECT on that table")
            .into());
        }
        if let Some(schema) = atlas {
            let rows = live.rows((schema, REVISIONS), COLUMNS).await;
            let mut rows: Vec<Revision> = rows.map_err(failed)?.into_iter().map(revision).collect();
            rows.sort_by(|a, b| a.version.cmp(&b.version));
            // Atlas makes its table before it refuses a database that has something already.
            if rows.iter().any(|row| !row.version.starts_with('.')) {
                return Ok(Records::Revisions(rows));
            }
        }
        if let Some(schema) = self.one(ALEMBIC, named(ALEMBIC, scope.as_deref()))? {
            let rows = live.rows((schema, ALEMBIC), &["version_num"]).await;
            let mut revisions: Vec<String> = rows
                .map_err(failed)?
                .into_iter()
                .flatten()
                .flatten()
                .collect();
            revisions.sort();
            return Ok(Records::Alembic(revisions));
        }
        Ok(match (&migration.baseline, atlas) {
            (Some(version), _) => Records::Told(version.clone()),
            (None, Some(_)) => Records::Revisions(Vec::new()),
            (None, None) => Records::None,
        })
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
        let problem = problem.detail("looked for", format!("tables {REVISIONS} and {ALEMBIC}"));
        let found = live.tables_named(&[REVISIONS]).await.unwrap_or_default();
        match found.first() {
            Some((schema, _)) => problem.hint(format!(
                "there is a table {schema}.{REVISIONS}: if it is about this database, `--revisions-schema {schema}`"
            )),
            None => problem,
        }
    }

    /// The one schema of those that have this table.
    fn one<'s>(&self, table: &str, found: Vec<&'s str>) -> Result<Option<&'s str>, PipelineError> {
        match found[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Problem::new(format!("several schemas have a table {table}"))
                .detail("database", self.database())
                .detail("schemas", found.join(", "))
                .hint(
                    "limit the URL to one schema, name that of Atlas' records in `revisions_schema`, or give `--revision`",
                )
                .into()),
        }
    }

    /// Builds on the dev database what the records say.
    async fn replay(
        &self,
        dev: &mut dyn DevDatabase,
        live: &mut dyn Session,
        records: Records,
    ) -> Result<Expected, PipelineError> {
        let rules = &self.context.dialect.profile().scan;
        let standing = match self.dir.at(&records, rules) {
            Ok(standing) => standing,
            Err(error) => {
                let problem = Problem::from(error).detail("database", self.database());
                return Err(self.elsewhere(live, &records, problem).await.into());
            }
        };
        let options = inspect_options(self.env(), dev.scoped());
        let mut session = dev.session("current").await?;
        if dev.scoped() {
            let defaults = live.defaults().await.map_err(|error| self.failed(error))?;
            for text in defaults {
                let split = scan(&text, rules).unwrap_or_default();
                if let Err(error) = session.execute(&split.statements, TxMode::None).await {
                    tracing::warn!(
                        "the dev database can't have the defaults of the live one: {error}"
                    );
                }
            }
        }
        let replayed = current::replay(&mut *session, &standing.dir, rules, &options).await?;
        let mut realm = replayed.realm;
        self.context.dialect.forget_rows(&mut realm);
        Ok(Expected {
            records,
            standing,
            realm,
            session,
        })
    }

    /// Reads the database, and what it records afterwards.
    async fn look(
        &self,
        live: &mut dyn Session,
        expected: &Realm,
        dev_scoped: bool,
    ) -> Result<Look, PipelineError> {
        let mut options = inspect_options(self.env(), live.scoped());
        if dev_scoped && !live.scoped() && options.schemas.is_empty() {
            // The migrations are of one schema, so that the others are none of their business.
            let schemas = expected.schemas.iter();
            options.schemas = schemas.map(|schema| schema.name.clone()).collect();
        }
        let realm = live.inspect(&options).await;
        let mut realm = realm.map_err(|error| self.failed(error))?;
        if let [only] = &expected.schemas[..]
            && dev_scoped
            && !live.scoped()
            && realm.schema(&only.name).is_none()
        {
            return Err(Problem::new(format!(
                "the dev database is limited to one schema, and the database has none called `{}`",
                only.name
            ))
            .detail("database", self.database())
            .hint("limit its URL to the one that the migrations make, too")
            .into());
        }
        if let ([ours], [theirs]) = (&expected.schemas[..], &mut realm.schemas[..])
            && self.scoped
            && ours.name != theirs.name
        {
            let name = theirs.name.clone();
            respell(&mut theirs.texts, &name, ours);
            realm.rename_schema(&name, &ours.name);
        }
        self.context.dialect.forget_rows(&mut realm);
        let overlooked = self.context.dialect.overlook(&mut realm, expected);
        if !overlooked.is_empty() {
            tracing::info!(
                "no drift, since jobs or the provider make it: {}",
                overlooked.join(", ")
            );
        }
        let notes = self.context.dialect.broken(&mut realm, expected);
        let records = self.settled(live).await?;
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
    ) -> Result<(Comparable, Exclude), PipelineError> {
        let exclude = self.planner().exclude(&[expected, live])?;
        let cut = Cut {
            exclude: &exclude,
            scoped: self.scoped,
            spoken: None,
        };
        let (expected, live) = (expected.clone(), live.clone());
        let both = Comparable::cut(self.context.dialect, expected, live, &cut)?;
        Ok((both, exclude))
    }

    /// Plans both ways, and proves them.
    async fn tell(
        &self,
        dev: &mut dyn DevDatabase,
        expected: Expected,
        live: &Look,
        (forth, exclude): (Comparable, Exclude),
        hash: String,
    ) -> Result<Drift, PipelineError> {
        let planner = self.planner();
        let (back, _) = self.compare(&live.realm, &expected.realm)?;
        let nothing = desired::Loaded::default();
        let mut adopt = planner.outcome(&forth, &nothing, live.notes.clone());
        let mut restore = planner.outcome(&back, &nothing, Vec::new());
        let Expected {
            standing,
            mut session,
            ..
        } = expected;
        if adopt.verdict != Verdict::Synced {
            // Objects that are kept as text are no less there for not being planned.
            for found in [&mut adopt, &mut restore] {
                found.verdict = Verdict::Drifted;
            }
            adopt.warnings.extend(folded(&adopt));
            if self.context.dialect.profile().hides && lacks(&adopt) {
                adopt.warnings.push(
                    "what is only in the migrations may be there all the same: this server shows a user only what it has \
                     rights on"
                        .to_owned(),
                );
            }
            // With what was done by hand, the state is that of the database, from which the other way starts.
            let partly = !adopt.texts.is_empty();
            let done = self.prove(&mut *session, (&forth, &exclude), &mut adopt, partly);
            match done.await {
                Err(error) => {
                    adopt
                        .warnings
                        .push(unplanned("takes in what is there", &error));
                    session.close().await?;
                    session = dev.session("current").await?;
                    let done = async {
                        planner.copy(&mut *session, back.existing()).await?;
                        self.prove(&mut *session, (&back, &exclude), &mut restore, true)
                            .await
                    };
                    if let Err(error) = done.await {
                        restore.warnings.push(unplanned("undoes it", &error));
                    }
                }
                Ok(()) => {
                    let done = self.prove(&mut *session, (&back, &exclude), &mut restore, partly);
                    if let Err(error) = done.await {
                        restore.warnings.push(unplanned("undoes it", &error));
                    }
                }
            }
        }
        session.close().await?;
        Ok(Drift {
            hash: match adopt.verdict {
                Verdict::Synced => String::new(),
                _ => hash,
            },
            standing,
            adopt,
            restore,
        })
    }

    /// Plans what was found and runs it; what is not proven is not shown.
    async fn prove(
        &self,
        session: &mut dyn Session,
        (both, exclude): (&Comparable, &Exclude),
        found: &mut Outcome,
        without_texts: bool,
    ) -> Result<(), PipelineError> {
        if found.changes.is_empty() {
            return Ok(());
        }
        let planner = self.planner();
        let written = planner.plan(both, &found.changes)?;
        planner
            .prove(session, both, exclude, &written, without_texts)
            .await?;
        found.proven = true;
        found.take(written.plan, written.text);
        Ok(())
    }
}

/// Definitions of objects that are kept as text hold the name of their schema, which is another one here: that is no
/// difference where it is the only one.
fn respell(texts: &mut [TextObject], name: &str, expected: &Schema) {
    for object in texts {
        let mut known = expected.texts.iter();
        let known = known.find(|known| {
            (&known.kind, &known.table, &known.name) == (&object.kind, &object.table, &object.name)
        });
        let definition = object.definition.replace(name, &expected.name);
        if known.is_none_or(|known| known.definition == definition) {
            object.definition = definition;
        }
    }
}

/// Tables that one side has in capitals and the other in small letters.
fn folded(adopt: &Outcome) -> Option<String> {
    let gone = adopt.changes.iter().filter_map(|change| match change {
        Change::DropTable { table, .. } => Some(&table.name),
        _ => None,
    });
    let came = |name: &String| {
        adopt.changes.iter().find_map(|change| match change {
            Change::AddTable { table, .. } if table.name.eq_ignore_ascii_case(name) => {
                Some(&table.name)
            }
            _ => None,
        })
    };
    let mut pairs = gone.filter_map(|name| Some((name, came(name)?)));
    let (ours, theirs) = pairs.next()?;
    Some(format!(
        "the migrations make table {ours} and the database has {theirs}: does one of the two servers fold names to small \
         letters (`lower_case_table_names`)? Give a dev database that does as the live one"
    ))
}

/// Whether the database lacks something that its migrations make.
fn lacks(adopt: &Outcome) -> bool {
    let dropped = |change: &Change| matches!(change, Change::DropTable { .. });
    let gone = |text: &TextChange| matches!(text.edit, Edit::Drop(_));
    adopt.changes.iter().any(dropped) || adopt.texts.iter().any(gone)
}

/// Why there is no SQL for one way.
fn unplanned(way: &str, error: &PipelineError) -> String {
    let why = match error {
        PipelineError::Unproven(unproven) => match unproven.cause.reason() {
            Some(reason) => format!("{error}: {reason}"),
            None => error.to_string(),
        },
        _ => error.to_string(),
    };
    format!("there is no SQL that {way}: {why}")
}

/// A row of Atlas' table, by [`COLUMNS`].
fn revision(row: Row) -> Revision {
    let mut values = row.into_iter();
    let mut next = || values.next().flatten().filter(|text| !text.is_empty());
    let version = next().unwrap_or_default();
    let mut number = || next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let (kind, applied, total) = (number(), number(), number());
    Revision {
        version,
        kind,
        applied: applied as usize,
        total: total as usize,
        error: next(),
        hash: next().unwrap_or_default(),
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
