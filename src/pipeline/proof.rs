//! From two states to a proven plan: the statements, and their trial run.

use super::error::{Cause, PipelineError, Unproven};
use super::{Outcome, Verdict, Writing};
use crate::config::{Env, Format};
use crate::desired::{self, ModelFiles, StillThere, check_dropped};
use crate::dialect::Dialect;
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff, likely_renames, skip};
use crate::engine::exclude::Exclude;
use crate::engine::script::{self, Script, ScriptError};
use crate::engine::{EngineError, InspectOptions, Session};
use crate::lint::{self, Risks};
use crate::plan::{Plan, PlanOptions, Qualifier, body};
use crate::schema::change::Change;
use crate::schema::{Realm, TextObject};
use crate::sql::{has_word, scan};

/// How states are compared and the plan between them is written.
pub(super) struct Planner<'a> {
    pub(super) env: &'a Env,
    pub(super) dialect: &'static dyn Dialect,
    /// The states are of one schema each: names are not qualified.
    pub(super) scoped: bool,
    pub(super) writing: Writing<'a>,
    /// The plan is for a file of the migration directory, which a failed proof keeps from being written.
    pub(super) writes: bool,
}

/// A plan, and the text that a person or a file gets.
pub(super) struct Written {
    pub(super) plan: Plan,
    pub(super) text: String,
    /// The same in the names of the database that it is tried on, where those are others.
    local: Option<(Plan, String)>,
}

/// What is inspected: also what is excluded, which a plan must not lose. A scoped connection sees its one schema, whatever
/// the environment calls it.
pub(super) fn inspect_options(env: &Env, scoped: bool) -> InspectOptions {
    let schemas = match scoped {
        true => Vec::new(),
        false => env.schemas.clone(),
    };
    InspectOptions { schemas }
}

impl Planner<'_> {
    /// What the user excludes from these states, and `more`; what is excluded from migrations counts for them alone.
    pub(super) fn exclude(
        &self,
        more: &[String],
        realms: &[&Realm],
    ) -> Result<Exclude, EngineError> {
        let mut patterns = [&self.env.exclude[..], more].concat();
        if self.writes {
            patterns.extend(self.env.migration.exclude.iter().cloned());
        }
        let mut exclude = Exclude::new(&patterns, self.scoped)?;
        exclude.settle(realms);
        Ok(exclude)
    }

    /// The differences that the user wants to hear of.
    pub(super) fn diff(&self, states: &Comparable) -> Diff {
        let mut found = states.diff();
        skip(&mut found, &self.env.diff);
        found
    }

    /// What was found, before there is a plan. A difference in what has no model leaves no room for one.
    pub(super) fn outcome(
        &self,
        states: &Comparable,
        models: &desired::Loaded,
        warnings: Vec<String>,
    ) -> Outcome {
        let found = self.diff(states);
        if !states.left().is_empty() {
            let left: Vec<String> = states.left().iter().map(ToString::to_string).collect();
            tracing::info!("left to the migrations: {}", left.join("; "));
        }
        Outcome {
            left: states.left().to_vec(),
            verdict: match (found.texts.is_empty(), found.changes.is_empty()) {
                (false, _) => Verdict::Unknown,
                (true, true) => Verdict::Synced,
                (true, false) => Verdict::Drifted,
            },
            risks: found
                .changes
                .iter()
                .map(|change| self.judge(change))
                .collect(),
            renames: likely_renames(&found.changes),
            places: models.places(&found.changes),
            desired: states.desired().clone(),
            qualified: states.qualified(),
            scoped: self.scoped,
            plan: Plan::default(),
            sql: String::new(),
            proven: false,
            tried: Vec::new(),
            warnings,
            changes: found.changes,
            texts: found.texts,
        }
    }

    /// What a change can do to rows.
    pub(super) fn judge(&self, change: &Change) -> Risks {
        lint::judge(change, self.dialect.profile())
    }

    /// Refuses to drop tables whose models are still there, as where the models' program printed some of them only.
    pub(super) fn believe(
        &self,
        changes: &[Change],
        desired: &Realm,
        models: &[ModelFiles],
    ) -> Result<(), StillThere> {
        let tables = || desired.schemas.iter().flat_map(|schema| &schema.tables);
        let dropped = changes.iter().filter_map(|change| match change {
            // It may be in another schema from now on.
            Change::DropTable { table, .. } => tables()
                .all(|other| other.name != table.name)
                .then_some(table.name.as_str()),
            _ => None,
        });
        let dropped: Vec<&str> = dropped.collect();
        check_dropped(&dropped, models)
    }

    /// Writes the statements for changes.
    pub(super) fn plan(
        &self,
        states: &Comparable,
        changes: &[Change],
    ) -> Result<Written, PipelineError> {
        let Writing {
            qualifier,
            format,
            version,
            name,
        } = self.writing;
        let natural = match self.scoped {
            true => Qualifier::None,
            false => Qualifier::Schema,
        };
        let written = match qualifier {
            Some(name) => Qualifier::Custom(name.to_owned()),
            None => natural.clone(),
        };
        let local = match written == natural {
            true => None,
            // The schema of the written names need not exist on the dev database.
            false => {
                let plan = states.plan(changes.to_vec(), &self.options(natural))?;
                let text = plan.to_file();
                Some((plan, text))
            }
        };
        let plan = states.plan(changes.to_vec(), &self.options(written))?;
        let text = body(&plan, format, version, name)?;
        Ok(Written { plan, text, local })
    }

    fn options(&self, qualifier: Qualifier) -> PlanOptions {
        PlanOptions {
            qualifier,
            indent: match self.writing.format {
                Format::SqlIndent(indent) if !indent.is_empty() => Some(indent.clone()),
                _ => None,
            },
            concurrent_index_create: self.env.diff.concurrent_index.create,
            concurrent_index_drop: self.env.diff.concurrent_index.drop,
        }
    }

    /// Runs the text on the session that holds the current state; the result must be the desired state. A `copy` of
    /// the current state lacks objects that are not planned, so that they are not compared.
    pub(super) async fn prove(
        &self,
        session: &mut dyn Session,
        states: &Comparable,
        exclude: &Exclude,
        written: &Written,
        copy: bool,
    ) -> Result<(), PipelineError> {
        let (plan, text) = match &written.local {
            Some((plan, text)) => (plan, text),
            None => (&written.plan, &written.text),
        };
        let refused = |cause: Cause| Unproven {
            cause,
            plan: text.clone(),
            writes: self.writes,
            templated: matches!(self.writing.format, Format::Template(_)),
        };
        let split = scan(text, &self.dialect.profile().scan)
            .map_err(|error| refused(Cause::Unreadable(error)))?;
        let script = Script {
            name: "plan",
            text,
            statements: &split.statements,
            mode: plan.tx_mode,
        };
        if let Err(error) = script::run(&mut *session, &script).await {
            let code = error.code.as_deref().unwrap_or_default();
            let cause = Cause::Refused {
                dependent: in_the_way(states.existing(), &error)
                    .map(|object| (object.kind.clone(), object.name.clone())),
                reason: self.dialect.profile().errors.reason(code),
                error,
            };
            return Err(refused(cause).into());
        }
        let inspected = session
            .inspect(&inspect_options(self.env, self.scoped))
            .await;
        let mut after = inspected.map_err(|error| refused(Cause::Lost(error)))?;
        if !self.counts_rows(states) {
            self.dialect.forget_rows(&mut after);
        }
        let cut = Cut {
            exclude,
            scoped: self.scoped,
            spoken: None,
        };
        let reached = Comparable::cut(self.dialect, after, states.desired().clone(), &cut)?;
        let mut left = self.diff(&reached);
        if copy {
            left.texts.clear();
        }
        if left.is_empty() {
            tracing::debug!("the plan is proven");
            return Ok(());
        }
        Err(refused(Cause::LeftOver(in_words(&left, reached.qualified()))).into())
    }

    /// Builds a state on an empty session from statements of our own: all of it but what is not planned. What the session
    /// has already, such as an image's extensions, stays.
    pub(super) async fn copy(
        &self,
        session: &mut dyn Session,
        realm: &Realm,
    ) -> Result<(), PipelineError> {
        let plain = Planner {
            writing: Writing::of(&Format::Default),
            ..*self
        };
        let wanted = realm.clone();
        let inspect = inspect_options(self.env, self.scoped);
        let mut empty = session.inspect(&inspect).await?;
        empty.retain_texts(|schema, object| {
            let mut wanted = wanted.texts();
            wanted.any(|(of, other)| of == schema && other == object)
        });
        let states = Comparable::aligned(self.dialect, empty, wanted, self.scoped)?;
        let Written { plan, text, .. } = plain.plan(&states, &states.diff().changes)?;
        let split = scan(&text, &self.dialect.profile().scan)
            .map_err(|error| PipelineError::Copy(error.to_string()))?;
        let script = Script {
            name: "copy",
            text: &text,
            statements: &split.statements,
            mode: plan.tx_mode,
        };
        script::run(&mut *session, &script).await?;
        let built = session.inspect(&inspect).await?;
        let wanted = states.desired().clone();
        let built = Comparable::aligned(self.dialect, built, wanted, self.scoped)?;
        let mut left = Diff {
            texts: Vec::new(),
            ..built.diff()
        };
        let kept = |change: &Change| matches!(change, Change::Text(_)) && change.is_drop();
        left.changes.retain(|change| !kept(change));
        match left.is_empty() {
            true => Ok(()),
            false => Err(PipelineError::Copy(format!(
                "the copy is not the same:\n{}",
                in_words(&left, built.qualified()).trim_end()
            ))),
        }
    }
}

/// The object kept as text that the engine names when it refuses a statement, as it does with a view on
/// a column that changes. The statement itself names much that is not in the way.
fn in_the_way<'r>(existing: &'r Realm, error: &ScriptError) -> Option<&'r TextObject> {
    let said = [Some(&error.message), error.detail.as_ref()];
    let said: Vec<&String> = said.into_iter().flatten().collect();
    let says = |word: &str| said.iter().any(|text| has_word(text, word));
    let mut objects = existing.texts().map(|(_, object)| object);
    objects.find(|object| {
        let kind = object.kind.rsplit(' ').next();
        kind.is_some_and(says) && says(&object.name)
    })
}
