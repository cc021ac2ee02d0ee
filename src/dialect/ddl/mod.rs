//! What the plans of all dialects have in common: objects that are kept as text, in statements, and the forms of a table that is
//! recreated.

use crate::dialect::RenderContext;
use crate::dialect::write::named;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Edit, ModifyTable, TextChange};
use crate::schema::{ObjectName, Realm, Table, TextObject};
use crate::sql::{ScanOptions, scan};

/// A table that is recreated, as it is and as it shall be: with what the user excludes from the comparison, which would go with
/// the old table otherwise.
pub(in crate::dialect) fn forms(
    modify: &ModifyTable,
    context: &RenderContext<'_>,
) -> (Table, Table) {
    let mut from = modify.from.clone();
    let name = ObjectName::new(&modify.schema, &from.name);
    // What is compared and yet missing has made way for something else before.
    let known = context.current.table(&name).unwrap_or(&modify.from);
    if let Some(existing) = context.existing.table(&name) {
        from.add_beside(existing, known);
    }
    let to = modify.reached(&from);
    (from, to)
}

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
                let what = format!("create {}", words(object));
                Ok(steps(statements, &what, &modify(object)))
            }
            Edit::Drop(object) => {
                let what = format!("drop {}", words(object));
                Ok(vec![Step::new((self.drop)(object), what)])
            }
            Edit::Modify { to, .. } => {
                let mut statements = self.statements(to)?;
                if let Some(first) = statements.first_mut() {
                    *first = (self.replace)(first);
                }
                let what = modify(to);
                Ok(steps(statements, &what, &what))
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
    let again = desired.texts().any(|(schema, other)| {
        schema == change.schema.as_deref()
            && (&other.kind, &other.name) == (&object.kind, &object.name)
    });
    if let Some(step) = steps.last_mut()
        && again
        && (object.is_view() || object.is_routine())
    {
        step.warning = Some(format!(
            "privileges on {} {} go with it and have to be granted again",
            object.kind, object.name
        ));
    }
}

/// A step for each statement: those behind the first are a comment on the object, or whether it is enabled.
fn steps(statements: Vec<String>, first: &str, more: &str) -> Vec<Step> {
    let words = std::iter::once(first).chain(std::iter::repeat(more));
    let statements = statements.into_iter().zip(words);
    statements.map(|(sql, what)| Step::new(sql, what)).collect()
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
