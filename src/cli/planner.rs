//! From two states to a proven plan: what differs, the statements, and their trial run.
//!
//! Knows nothing of where the states came from; `compare` loads them for the commands on a directory, `state` for the
//! commands on schemas.

use anyhow::Result;

use crate::config::{Env, Format};
use crate::desired::{ModelFiles, check_dropped};
use crate::dialect::{self, Dialect};
use crate::diff::{self, Diff, skip};
use crate::engine::exclude::Exclude;
use crate::engine::script::{self, Script};
use crate::engine::{InspectOptions, Session};
use crate::plan::{Plan, PlanOptions, Qualifier};
use crate::problem::Problem;
use crate::report::{self, Style};
use crate::schema::change::Change;
use crate::schema::{Opaque, Realm, Schema, tools};
use crate::sql::{ScanError, Statement, has_word, scan};

/// How states are compared and the plan between them is written.
pub(super) struct Planner<'a> {
    pub(super) env: &'a Env,
    pub(super) dialect: &'static dyn Dialect,
    /// The states are of one schema each: names are not qualified.
    pub(super) scoped: bool,
    pub(super) qualifier: Option<&'a str>,
    pub(super) format: &'a Format,
    /// Version and name of the migration to be written, where a template wants them.
    pub(super) version: &'a str,
    pub(super) name: Option<&'a str>,
    /// The plan is for a file of the migration directory, which a failed proof keeps from being written.
    pub(super) writes: bool,
}

/// Two states, ready to be compared.
pub(super) struct Pair {
    pub(super) current: Realm,
    /// The current state before anything was excluded from it.
    pub(super) existing: Realm,
    pub(super) desired: Realm,
    /// What the user excludes, as it is meant for these states.
    pub(super) exclude: Exclude,
}

/// A plan, and the text that a person or a file gets.
pub(super) struct Written {
    pub(super) plan: Plan,
    pub(super) text: String,
    /// The same in the names of the database that it is tried on, where those are others.
    local: Option<(Plan, String)>,
}

impl Planner<'_> {
    /// What is inspected: also what is excluded, which a plan must not lose. A scoped connection sees its one schema,
    /// whatever the environment calls it.
    pub(super) fn inspect_options(env: &Env, scoped: bool) -> InspectOptions {
        let schemas = match scoped {
            true => Vec::new(),
            false => env.schemas.clone(),
        };
        InspectOptions {
            schemas,
            exclude: Vec::new(),
        }
    }

    /// Takes out what is not compared, gives scoped states one name, and leaves to the current state what the SQL of the
    /// desired one, where it comes from SQL, does not speak of.
    pub(super) fn pair(
        &self,
        current: Realm,
        desired: Realm,
        spoken: Option<&[Statement]>,
    ) -> Result<Pair> {
        let exclude = self.exclude(&[&current, &desired])?;
        let (existing, whole) = (current.clone(), desired.clone());
        let mut pair = Pair {
            existing,
            current,
            desired,
            exclude,
        };
        for realm in [&mut pair.current, &mut pair.desired] {
            leave_out(&pair.exclude, realm);
        }
        pair.keep_schemas(&whole);
        if self.scoped {
            align(&pair.current, &mut pair.desired)?;
        }
        if let Some(spoken) = spoken {
            self.dialect.adopt(&pair.current, &mut pair.desired, spoken);
        }
        Ok(pair)
    }

    /// What a state is built from: no schema at all, or the one, empty, that the connection is limited to.
    pub(super) fn nothing(&self, realm: &Realm) -> Realm {
        let schemas = realm.schemas.iter().filter(|_| self.scoped);
        Realm {
            schemas: schemas.map(Schema::header).collect(),
            opaque: Vec::new(),
            server: realm.server.clone(),
        }
    }

    /// What the user excludes from these states; what is excluded from migrations counts for them alone.
    pub(super) fn exclude(&self, realms: &[&Realm]) -> Result<Exclude> {
        let mut patterns = self.env.exclude.clone();
        if self.writes {
            patterns.extend(self.env.migration.exclude.iter().cloned());
        }
        let mut exclude = Exclude::new(&patterns, self.scoped).map_err(Problem::from)?;
        exclude.settle(realms);
        Ok(exclude)
    }

    /// The differences that the user wants to hear of.
    pub(super) fn diff(&self, current: &Realm, desired: &Realm) -> Diff {
        let mut found = self.differences(current, desired);
        skip(&mut found, &self.env.diff);
        found
    }

    /// All differences.
    pub(super) fn differences(&self, current: &Realm, desired: &Realm) -> Diff {
        diff::compare(self.dialect, current, desired)
    }

    /// Refuses to drop tables whose models are still there, as where the models' program printed some of them only.
    ///
    /// # Errors
    /// When such a table would go.
    pub(super) fn believe(
        &self,
        changes: &[Change],
        desired: &Realm,
        models: &[ModelFiles],
    ) -> Result<()> {
        let tables = || desired.schemas.iter().flat_map(|schema| &schema.tables);
        let dropped = changes.iter().filter_map(|change| match change {
            // It may be in another schema from now on.
            Change::DropTable { table, .. } => tables()
                .all(|other| other.name != table.name)
                .then_some(table.name.as_str()),
            _ => None,
        });
        let dropped: Vec<&str> = dropped.collect();
        Ok(check_dropped(&dropped, models).map_err(Problem::from)?)
    }

    /// Writes the statements for changes.
    pub(super) fn plan(&self, pair: &Pair, changes: Vec<Change>) -> Result<Written> {
        let natural = match self.scoped {
            true => Qualifier::None,
            false => Qualifier::Schema,
        };
        let written = match self.qualifier {
            Some(name) => Qualifier::Custom(name.to_owned()),
            None => natural.clone(),
        };
        let local = match written == natural {
            true => None,
            // The schema of the written names need not exist on the dev database.
            false => {
                let plan = self.render(pair, changes.clone(), natural)?;
                let text = plan.to_file();
                Some((plan, text))
            }
        };
        let plan = self.render(pair, changes, written)?;
        let text =
            report::body(&plan, self.format, self.version, self.name).map_err(Problem::from)?;
        Ok(Written { plan, text, local })
    }

    fn render(&self, pair: &Pair, changes: Vec<Change>, qualifier: Qualifier) -> Result<Plan> {
        let options = PlanOptions {
            qualifier,
            indent: match self.format {
                Format::SqlIndent(indent) if !indent.is_empty() => Some(indent.clone()),
                _ => None,
            },
            concurrent_index_create: self.env.diff.concurrent_index.create,
            concurrent_index_drop: self.env.diff.concurrent_index.drop,
        };
        let plan = dialect::plan_keeping(
            self.dialect,
            &pair.existing,
            &pair.current,
            &pair.desired,
            changes,
            &options,
        );
        Ok(plan.map_err(Problem::from)?)
    }

    /// Runs the text on the session that holds the current state; the result must be the desired state.
    ///
    /// A copy of the current state lacks what the model does not know, so that this can't be compared.
    pub(super) async fn prove(
        &self,
        session: &mut dyn Session,
        pair: &Pair,
        written: &Written,
        copy: bool,
    ) -> Result<()> {
        let (plan, text) = match &written.local {
            Some((plan, text)) => (plan, text),
            None => (&written.plan, &written.text),
        };
        let options = &self.dialect.profile().scan;
        let refused = |problem: Problem| self.unproven(problem, text);
        let split = scan(text, options).map_err(|error: ScanError| {
            refused(Problem::new("the plan can't be read back").detail("reason", error.to_string()))
        })?;
        let script = Script {
            name: "plan",
            text,
            statements: &split.statements,
            mode: plan.tx_mode,
        };
        if let Err(error) = script::run(&mut *session, &script).await {
            let code = error.code.clone().unwrap_or_default();
            let mut problem = Problem::from(error);
            let engine = std::mem::take(&mut problem.message);
            problem.message = "the dev database refuses the plan".to_owned();
            if let Some(object) = in_the_way(&pair.existing, &problem, &engine) {
                let by_hand = match self.writes {
                    true => ", in a migration of your own (`trueup migrate new --edit`)",
                    false => "",
                };
                problem.hint = Some(format!(
                    "{}{} \"{}\" depends on what changes, which trueup can't plan yet: drop it before the change and \
                     create it again after it{by_hand}",
                    self.outcome(),
                    object.kind,
                    object.name
                ));
            }
            if let Some(reason) = self.dialect.profile().errors.reason(&code) {
                let by_hand = match self.writes {
                    true => "; write this migration by hand with `trueup migrate new --edit`",
                    false => "",
                };
                let hint = format!("{}{reason}{by_hand}", self.outcome());
                problem.hint.get_or_insert(hint);
            }
            return Err(refused(problem.detail("reason", engine)).into());
        }
        let inspect = Self::inspect_options(self.env, self.scoped);
        let mut after = session.inspect(&inspect).await.map_err(Problem::from)?;
        leave_out(&pair.exclude, &mut after);
        if !self.counts_rows(&pair.current) && !self.counts_rows(&pair.desired) {
            self.dialect.forget_rows(&mut after);
        }
        if self.scoped {
            align(&pair.desired, &mut after)?;
        }
        let mut left = self.diff(&after, &pair.desired);
        if copy {
            left.unknown.clear();
        }
        if left.is_empty() {
            tracing::debug!("the plan is proven");
            return Ok(());
        }
        let lines = report::describe(&left.changes, &[], pair.qualified());
        let mut over = report::text::table(&lines, Style::PLAIN);
        let objects = report::unmanaged(&left.unknown, &pair.desired, self.scoped);
        let sides = match self.writes {
            true => &report::Sides::DIRECTORY,
            false => &report::Sides::SCHEMAS,
        };
        over.push_str(&report::text::objects_of(&objects, "  ", sides));
        let problem =
            Problem::new("the plan does not lead to the desired state").detail("left over", over);
        Err(refused(problem).into())
    }

    /// Builds a state on an empty session from statements of our own: all of it but what the model does not know.
    ///
    /// # Errors
    /// When a statement is refused, or what is built is not that state.
    pub(super) async fn copy(&self, session: &mut dyn Session, realm: &Realm) -> Result<()> {
        let mut wanted = realm.clone();
        forget_opaque(&mut wanted);
        let inspect = Self::inspect_options(self.env, self.scoped);
        let mut empty = session.inspect(&inspect).await.map_err(Problem::from)?;
        forget_opaque(&mut empty);
        if self.scoped {
            align(&wanted, &mut empty)?;
        }
        let plain = Planner {
            qualifier: None,
            format: &Format::Default,
            ..*self
        };
        let changes = plain.differences(&empty, &wanted).changes;
        let pair = Pair {
            existing: empty.clone(),
            current: empty,
            desired: wanted,
            exclude: Exclude::default(),
        };
        let Written { plan, text, .. } = plain.plan(&pair, changes)?;
        let split = scan(&text, &self.dialect.profile().scan)
            .map_err(|error| Problem::new(error.to_string()))?;
        let script = Script {
            name: "copy",
            text: &text,
            statements: &split.statements,
            mode: plan.tx_mode,
        };
        script::run(&mut *session, &script)
            .await
            .map_err(Problem::from)?;
        let mut built = session.inspect(&inspect).await.map_err(Problem::from)?;
        if self.scoped {
            align(&pair.desired, &mut built)?;
        }
        let left = plain.differences(&built, &pair.desired);
        if left.changes.is_empty() {
            return Ok(());
        }
        let lines = report::describe(&left.changes, &[], pair.qualified());
        let over = report::text::table(&lines, Style::PLAIN);
        Err(Problem::new(format!("the copy is not the same:\n{}", over.trim_end())).into())
    }

    /// What a failed proof means for the user, to begin a hint with.
    fn outcome(&self) -> &'static str {
        match self.writes {
            true => "nothing was written; ",
            false => "",
        }
    }

    /// A failed proof: what every one of them says.
    fn unproven(&self, problem: Problem, plan: &str) -> Problem {
        let lines: Vec<&str> = plan.lines().collect();
        let tail = lines[lines.len().saturating_sub(6)..].join("\n");
        let mut problem = problem;
        problem.stage = Some(crate::problem::stage::PROOF);
        problem.details.push(crate::problem::Detail {
            label: "plan",
            full: (tail.trim_end() != plan.trim_end()).then(|| plan.to_owned()),
            text: tail,
        });
        let outcome = self.outcome();
        let hint = match (self.format, self.writes) {
            (Format::Template(_), _) => format!(
                "{outcome}does the template of `format` put every statement into the {}?",
                if self.writes { "file" } else { "text" }
            ),
            (_, true) => format!(
                "{outcome}this is a fault of trueup: please report it with the plan (`-v` shows all of it), and write \
                 this migration by hand with `trueup migrate new --edit`"
            ),
            (_, false) => {
                "this is a fault of trueup: please report it with the plan (`-v` shows all of it)"
                    .to_owned()
            }
        };
        problem.hint.get_or_insert(hint);
        problem
    }
}

impl Pair {
    /// There are several schemas, so that a name alone says too little.
    pub(super) fn qualified(&self) -> bool {
        let mut schemas = self.current.schemas.iter().chain(&self.desired.schemas);
        let first = schemas.next().map(|schema| &schema.name);
        schemas.any(|schema| Some(&schema.name) != first)
    }

    /// A schema that only one state has and that holds what is not compared stays as it is: to drop it would take that
    /// along, and to create it would be for that alone.
    fn keep_schemas(&mut self, whole: &Realm) {
        let left_out = |from: &Realm, schema: &Schema| from.schema(&schema.name) != Some(schema);
        let (current, desired) = (&self.current, &mut self.desired);
        desired.schemas.retain(|schema| {
            let empty = *schema == schema.header() && left_out(whole, schema);
            !empty || current.schema(&schema.name).is_some()
        });
        for schema in &current.schemas {
            if desired.schema(&schema.name).is_none() && left_out(&self.existing, schema) {
                desired.schemas.push(schema.header());
            }
        }
        desired.schemas.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// Takes out what is not compared: what the user excludes, and what migration tools keep for themselves.
fn leave_out(exclude: &Exclude, realm: &mut Realm) {
    exclude.apply(realm);
    tools::leave_out(realm);
}

/// Takes out what the model has no type for.
fn forget_opaque(realm: &mut Realm) {
    realm.opaque.clear();
    for schema in &mut realm.schemas {
        schema.opaque.clear();
    }
}

/// The object without a type in the model that the engine names when it refuses a statement, as it does with a view on
/// a column that changes.
fn in_the_way<'r>(existing: &'r Realm, problem: &Problem, engine: &str) -> Option<&'r Opaque> {
    let details = problem.details.iter();
    // The statement itself names much that is not in the way.
    let details = details.filter(|detail| detail.label != "statement");
    let said: Vec<&str> = details
        .map(|detail| detail.text.as_str())
        .chain([engine])
        .collect();
    let says = |word: &str| said.iter().any(|text| has_word(text, word));
    let schemas = existing.schemas.iter().flat_map(|schema| &schema.opaque);
    schemas.chain(&existing.opaque).find(|object| {
        let kind = object.kind.rsplit(' ').next();
        kind.is_some_and(says) && says(&object.name)
    })
}

/// Scoped states are each of one schema, whatever it is called.
fn align(current: &Realm, desired: &mut Realm) -> Result<()> {
    if current.schemas.len() > 1 || desired.schemas.len() > 1 {
        let problem =
            Problem::new("one URL is limited to one schema, and the other state has several");
        return Err(problem
            .hint("limit both URLs to one schema, or neither")
            .into());
    }
    if let ([ours], [theirs]) = (&current.schemas[..], &desired.schemas[..]) {
        let (ours, theirs) = (ours.name.clone(), theirs.name.clone());
        desired.rename_schema(&theirs, &ours);
    }
    Ok(())
}
