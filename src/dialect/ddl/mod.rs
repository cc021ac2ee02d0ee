//! Objects that are kept as text, in statements: what the plans of all dialects have in common.

use crate::dialect::write::named;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Edit, TextChange};
use crate::schema::{Realm, TextObject};
use crate::sql::{ScanOptions, scan};

/// How a dialect writes such objects.
pub(in crate::dialect) struct TextSql<'a> {
    /// How a definition is taken apart into its statements.
    pub(in crate::dialect) scan: &'a ScanOptions,
    /// A statement of a definition with names as the plan qualifies them.
    pub(in crate::dialect) write: &'a dyn Fn(&str) -> String,
    /// The statement that drops an object.
    pub(in crate::dialect) drop: &'a dyn Fn(&TextObject) -> String,
    /// The first statement of a definition as one that replaces what is there.
    pub(in crate::dialect) replace: &'a dyn Fn(&str) -> String,
}

impl TextSql<'_> {
    /// Writes one ordered change.
    ///
    /// # Errors
    /// When a definition can't be taken apart.
    pub(in crate::dialect) fn render(
        &self,
        edit: &Edit<TextObject>,
    ) -> Result<Vec<Step>, PlanError> {
        match edit {
            Edit::Add(object) => {
                let statements = self.statements(object)?;
                let (what, more) = (format!("create {}", words(object)), modify(object));
                Ok(steps(statements, &what, &more, vec![(self.drop)(object)]))
            }
            Edit::Drop(object) => {
                let drop = Step::neutral((self.drop)(object), format!("drop {}", words(object)));
                Ok(vec![Step {
                    reverse: self.statements(object)?,
                    ..drop
                }])
            }
            Edit::Modify { from, to } => {
                let replaced = |object| {
                    let mut statements = self.statements(object)?;
                    if let Some(first) = statements.first_mut() {
                        *first = (self.replace)(first);
                    }
                    Ok(statements)
                };
                let what = modify(to);
                Ok(steps(replaced(to)?, &what, &what, replaced(from)?))
            }
        }
    }

    fn statements(&self, object: &TextObject) -> Result<Vec<String>, PlanError> {
        let script = scan(&object.definition, self.scan).map_err(|error| PlanError {
            what: words(object),
            why: error.to_string(),
            hint: None,
        })?;
        let statement = |text: &str| (self.write)(text.trim_end_matches(';').trim_end());
        let statements = script.statements.iter();
        Ok(statements.map(|one| statement(&one.text)).collect())
    }
}

/// Warns where an object is dropped that is made again: who may use it is forgotten with it.
pub(in crate::dialect) fn warn_of_privileges(
    steps: &mut [Step],
    change: &TextChange,
    desired: &Realm,
) {
    let Edit::Drop(object) = &change.edit else {
        return;
    };
    let granted = ["view", "materialized view", "function", "procedure"];
    let again = desired.texts().any(|(schema, other)| {
        schema == change.schema.as_deref()
            && (&other.kind, &other.name) == (&object.kind, &object.name)
    });
    if let Some(step) = steps.last_mut()
        && again
        && granted.contains(&&*object.kind)
    {
        step.warning = Some(format!(
            "privileges on {} {} go with it and have to be granted again",
            object.kind, object.name
        ));
    }
}

/// A statement each; what undoes them is the first one's.
fn steps(statements: Vec<String>, what: &str, more: &str, reverse: Vec<String>) -> Vec<Step> {
    let mut statements = statements.into_iter();
    let first = statements.next().map(|sql| Step {
        reverse,
        ..Step::neutral(sql, what)
    });
    // A comment on it, or whether it is enabled.
    let more = statements.map(|sql| Step::neutral(sql, more));
    first.into_iter().chain(more).collect()
}

fn modify(object: &TextObject) -> String {
    format!("modify {}", words(object))
}

/// `"active_users" view`, `"touch" trigger on table: "users"`.
fn words(object: &TextObject) -> String {
    let (name, kind) = (named(&object.name), &object.kind);
    match &object.table {
        Some(table) => format!("{name} {kind} on table: {}", named(table)),
        None => format!("{name} {kind}"),
    }
}
