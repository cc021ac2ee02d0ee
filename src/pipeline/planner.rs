//! How two states are compared, and how the plan between them is written.

use super::error::PipelineError;
use super::{Outcome, Verdict, Writing};
use crate::config::{Env, Format};
use crate::desired::{self, ModelFiles, StillThere, check_dropped};
use crate::dialect::Dialect;
use crate::diff::{Comparable, Cut, Diff, Spoken, likely_renames, skip};
use crate::engine::exclude::Exclude;
use crate::engine::{EngineError, InspectOptions};
use crate::lint::{self, Risks};
use crate::plan::{Plan, PlanOptions, Qualifier, body};
use crate::schema::Realm;
use crate::schema::change::Change;

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

/// Two states as they are compared, and what the user excludes from them.
pub(super) struct Pair {
    pub(super) states: Comparable,
    pub(super) exclude: Exclude,
}

/// A plan, and the text that a person or a file gets.
pub(super) struct Written {
    pub(super) plan: Plan,
    pub(super) text: String,
    /// The same in the names of the database that it is tried on, where those are others.
    pub(super) local: Option<(Plan, String)>,
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

    /// Two states as they are compared; `spoken` tells what the SQL of the desired one can't say.
    pub(super) fn pair(
        &self,
        exclude: Exclude,
        (current, desired): (Realm, Realm),
        spoken: Option<Spoken<'_>>,
    ) -> Result<Pair, PipelineError> {
        let cut = Cut {
            exclude: &exclude,
            scoped: self.scoped,
            spoken,
        };
        let states = Comparable::cut(self.dialect, current, desired, &cut)?;
        Ok(Pair { states, exclude })
    }

    /// Two states that migrations or a database have: each speaks of everything, and their rows count for nothing.
    pub(super) fn between(
        &self,
        left_out: &[String],
        mut current: Realm,
        mut desired: Realm,
    ) -> Result<Pair, PipelineError> {
        for realm in [&mut current, &mut desired] {
            self.dialect.forget_rows(realm);
        }
        let exclude = self.exclude(left_out, &[&current, &desired])?;
        self.pair(exclude, (current, desired), None)
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
}
