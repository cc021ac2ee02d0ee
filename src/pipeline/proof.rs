//! The trial run of a plan on a database that holds the current state.

use super::error::{Cause, PipelineError, Unproven};
use super::planner::{Pair, Planner, Written, inspect_options};
use super::{Outcome, Writing};
use crate::config::Format;
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::engine::Session;
use crate::engine::script::{self, Script, ScriptError};
use crate::schema::change::Change;
use crate::schema::{Realm, TextObject};
use crate::sql::{has_word, scan};

impl Planner<'_> {
    /// Runs the text on the session that holds the current state; the result must be the desired state. A `copy` of
    /// the current state lacks objects that are not planned, so that they are not compared.
    pub(super) async fn prove(
        &self,
        session: &mut dyn Session,
        Pair { states, exclude }: &Pair,
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
                dependent: in_the_way(
                    states.existing(),
                    &error,
                    self.dialect.profile().errors.held,
                )
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
        let cut = Cut::of(exclude, self.scoped);
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

    /// Plans the changes of an outcome and proves the plan, as [`Planner::prove`] does; where nothing differs, there is nothing
    /// to do.
    pub(super) async fn settle(
        &self,
        session: &mut dyn Session,
        pair: &Pair,
        found: &mut Outcome,
        copy: bool,
    ) -> Result<(), PipelineError> {
        if found.changes.is_empty() {
            return Ok(());
        }
        let written = self.plan(&pair.states, &found.changes)?;
        self.prove(session, pair, &written, copy).await?;
        found.proven = true;
        found.take(written);
        Ok(())
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
fn in_the_way<'r>(
    existing: &'r Realm,
    error: &ScriptError,
    held: &[&str],
) -> Option<&'r TextObject> {
    // Some servers say `object` of whatever it is.
    let named = error
        .code
        .as_deref()
        .is_some_and(|code| held.contains(&code));
    let said = [Some(&error.message), error.detail.as_ref()];
    let said: Vec<&String> = said.into_iter().flatten().collect();
    let says = |word: &str| said.iter().any(|text| has_word(text, word));
    let mut objects = existing.texts().map(|(_, object)| object);
    objects.find(|object| {
        let kind = object.kind.rsplit(' ').next();
        (named || kind.is_some_and(says)) && says(&object.name)
    })
}
