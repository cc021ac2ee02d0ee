//! Two states of one dialect as they are compared: without what is left out, with what the desired one does not speak of
//! taken over from the current one, and with what the engine writes in two ways written in one.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::own::{self, Left, Spoken};
use super::reach;
use super::{Diff, diff};
use crate::dialect::{self, Dialect, RenderContext};
use crate::engine::exclude::Exclude;
use crate::plan::{Plan, PlanError, PlanOptions};
use crate::problem::{Explain, Problem};
use crate::schema::change::{Change, TextChange};
use crate::schema::{EnumType, ObjectName, Realm, Schema, tools};

/// What of two states is compared.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// What the user excludes.
    pub exclude: &'a Exclude,
    /// The states are of one schema each, whatever it is called.
    pub scoped: bool,
    /// What built the desired state; `None` for a database, which speaks of everything.
    pub spoken: Option<Spoken<'a>>,
}

impl<'a> Cut<'a> {
    /// Of states that both speak of everything.
    pub fn of(exclude: &'a Exclude, scoped: bool) -> Self {
        Self {
            exclude,
            scoped,
            spoken: None,
        }
    }
}

/// Two states, ready to be compared. Nothing else is compared or planned between.
pub struct Comparable {
    dialect: &'static dyn Dialect,
    /// All of the current state as it was inspected: what is excluded from the comparison is not to be lost either.
    existing: Realm,
    current: Realm,
    desired: Realm,
    normal: Normal,
    left: Vec<Left>,
    found: OnceLock<Diff>,
}

/// The same three, with one spelling of what counts as equal.
struct Normal {
    /// `None` where all of the current state is compared.
    existing: Option<Realm>,
    current: Realm,
    desired: Realm,
}

/// States that are each of one schema, of which one has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one URL is limited to one schema, and the other state has several")]
pub struct SeveralSchemas;

impl Explain for SeveralSchemas {
    fn explain(self) -> Problem {
        Problem::new(self.to_string()).hint("limit both URLs to one schema, or neither")
    }
}

impl Comparable {
    /// Two states of which all is compared.
    pub fn whole(dialect: &'static dyn Dialect, current: Realm, desired: Realm) -> Self {
        Self::new(dialect, current.clone(), current, desired)
    }

    /// The same, where a scoped state's one schema may have another name on the other side.
    ///
    /// # Errors
    /// When the states are to be of one schema each and are not.
    pub fn aligned(
        dialect: &'static dyn Dialect,
        current: Realm,
        mut desired: Realm,
        scoped: bool,
    ) -> Result<Self, SeveralSchemas> {
        if scoped {
            align(&current, &mut desired)?;
        }
        Ok(Self::whole(dialect, current, desired))
    }

    /// Takes out what is not compared, gives scoped states one name, and leaves to the current state what the desired one
    /// does not speak of.
    ///
    /// # Errors
    /// When the states are to be of one schema each and are not.
    pub fn cut(
        dialect: &'static dyn Dialect,
        mut current: Realm,
        mut desired: Realm,
        cut: &Cut<'_>,
    ) -> Result<Self, SeveralSchemas> {
        let existing = current.clone();
        let held: BTreeSet<String> = full(&desired).map(|schema| schema.name.clone()).collect();
        for realm in [&mut current, &mut desired] {
            cut.exclude.apply(realm);
            tools::leave_out(realm);
        }
        match cut.scoped {
            true => align(&current, &mut desired)?,
            false => keep_schemas((&existing, &current), (&held, &mut desired)),
        }
        keep_enums(&existing, &mut current, &desired);
        let left = match &cut.spoken {
            None => Vec::new(),
            Some(spoken) => own::leave(dialect, &current, &mut desired, cut.scoped, spoken),
        };
        Ok(Self {
            left,
            ..Self::new(dialect, existing, current, desired)
        })
    }

    fn new(dialect: &'static dyn Dialect, existing: Realm, current: Realm, desired: Realm) -> Self {
        let mut normal = Normal {
            existing: (existing != current).then(|| existing.clone()),
            current: current.clone(),
            desired: desired.clone(),
        };
        dialect.normalize(&mut normal.current, &mut normal.desired);
        if let Some(existing) = &mut normal.existing {
            dialect.normalize(existing, &mut desired.clone());
        }
        Self {
            dialect,
            existing,
            current,
            desired,
            normal,
            left: Vec::new(),
            found: OnceLock::new(),
        }
    }

    /// What of the current state is left to the migrations, since the desired one does not speak of it.
    pub fn left(&self) -> &[Left] {
        &self.left
    }

    /// All of the current state, what is not compared included.
    pub fn existing(&self) -> &Realm {
        &self.existing
    }

    /// What is compared of the current state, in its own spelling.
    pub fn current(&self) -> &Realm {
        &self.current
    }

    /// What is compared of the desired state, in its own spelling.
    pub fn desired(&self) -> &Realm {
        &self.desired
    }

    /// There are several schemas, so that a name alone says too little.
    pub fn qualified(&self) -> bool {
        let mut schemas = self.current.schemas.iter().chain(&self.desired.schemas);
        let first = schemas.next().map(|schema| &schema.name);
        schemas.any(|schema| Some(&schema.name) != first)
    }

    /// All differences.
    pub fn diff(&self) -> Diff {
        self.found.get_or_init(|| self.find()).clone()
    }

    fn find(&self) -> Diff {
        let Normal {
            current, desired, ..
        } = &self.normal;
        let mut found = diff(current, desired);
        let rules = &self.dialect.profile().order.texts;
        let (planned, texts): (Vec<TextChange>, _) = found.texts.into_iter().partition(|change| {
            let mut sides = [change.edit.from(), change.edit.to()].into_iter().flatten();
            sides.all(|object| rules.plans(object))
        });
        found.texts = texts;
        found.changes.extend(planned.into_iter().map(Change::Text));
        for change in &mut found.changes {
            if let Change::ModifyTable(modify) = change
                && let Some(restated) = self.dialect.restate(modify, current, desired)
            {
                *modify = restated;
            }
        }
        found
    }

    /// The plan that makes changes which [`Comparable::diff`] found, or some of them: what is left out stays as it is.
    ///
    /// # Errors
    /// When one of them can't be planned.
    pub fn plan(&self, mut changes: Vec<Change>, options: &PlanOptions) -> Result<Plan, PlanError> {
        let Normal {
            existing,
            current,
            desired,
        } = &self.normal;
        let all = self.found.get_or_init(|| self.find());
        let part = (changes != all.changes).then(|| {
            reach::cut(&mut changes);
            reach::reached(current, &changes)
        });
        let desired = part.as_ref().unwrap_or(desired);
        let reached = existing.as_ref().map(|existing| {
            let mut reached = desired.clone();
            add_beside(&mut reached, existing, current);
            reached
        });
        let context = RenderContext {
            options,
            current,
            existing: existing.as_ref().unwrap_or(current),
            desired,
            wanted: &self.desired,
        };
        let undone = RenderContext {
            options,
            current: desired,
            existing: reached.as_ref().unwrap_or(desired),
            desired: current,
            wanted: &self.existing,
        };
        dialect::plan(self.dialect, changes, &context, &undone)
    }
}

/// Adds to a state what another one has besides the part of it that is compared.
fn add_beside(state: &mut Realm, existing: &Realm, compared: &Realm) {
    fn add<T: Clone + PartialEq>(to: &mut Vec<T>, all: &[T], compared: &[T]) {
        to.extend(all.iter().filter(|item| !compared.contains(item)).cloned());
    }
    add(&mut state.texts, &existing.texts, &compared.texts);
    for all in &existing.schemas {
        let none = Schema::default();
        let part = compared.schema(&all.name).unwrap_or(&none);
        let to = match state.schemas.iter().position(|own| own.name == all.name) {
            Some(at) => &mut state.schemas[at],
            None => {
                state.schemas.push(all.header());
                let at = state.schemas.len() - 1;
                &mut state.schemas[at]
            }
        };
        add(&mut to.texts, &all.texts, &part.texts);
        add(&mut to.enums, &all.enums, &part.enums);
        add(&mut to.sequences, &all.sequences, &part.sequences);
        for table in &all.tables {
            let own = to.tables.iter_mut().find(|own| own.name == table.name);
            match (part.table(&table.name), own) {
                (None, None) => to.tables.push(table.clone()),
                (Some(part), Some(own)) => {
                    own.add_beside(table, part);
                }
                _ => {}
            }
        }
    }
}

/// Schemas that hold something.
fn full(realm: &Realm) -> impl Iterator<Item = &Schema> {
    realm
        .schemas
        .iter()
        .filter(|schema| **schema != schema.header())
}

/// A schema that only one state has and that holds what is not compared stays as it is: to drop it would take that along,
/// and to create it would be for that alone. The current state comes whole and cut, the desired one cut, with the names of
/// the schemas that held something before.
fn keep_schemas(
    (existing, current): (&Realm, &Realm),
    (held, desired): (&BTreeSet<String>, &mut Realm),
) {
    desired.schemas.retain(|schema| {
        let emptied = *schema == schema.header() && held.contains(&schema.name);
        !emptied || current.schema(&schema.name).is_some()
    });
    for schema in &current.schemas {
        if desired.schema(&schema.name).is_none() && existing.schema(&schema.name) != Some(schema) {
            desired.schemas.push(schema.header());
        }
    }
    desired.schemas.sort_by(|a, b| a.name.cmp(&b.name));
}

/// An enumerated type that only the current state has stays as it is where what is not compared uses it.
fn keep_enums(existing: &Realm, current: &mut Realm, desired: &Realm) {
    let used: BTreeSet<ObjectName> = {
        let all = existing.schemas.iter().flat_map(|schema| {
            let compared = current.schema(&schema.name);
            let columns = schema.tables.iter().flat_map(move |table| {
                let rest = compared.and_then(|schema| schema.table(&table.name));
                let columns = table.columns.iter();
                columns.filter(move |one| rest.is_none_or(|rest| rest.column(&one.name).is_none()))
            });
            columns.filter_map(|column| column.ty.user.clone())
        });
        all.collect()
    };
    for schema in &mut current.schemas {
        let desired = desired.schema(&schema.name);
        let name = |value: &EnumType| ObjectName {
            schema: schema.name.clone(),
            name: value.name.clone(),
        };
        schema.enums.retain(|value| {
            let made =
                desired.is_some_and(|to| to.enums.iter().any(|other| other.name == value.name));
            made || !used.contains(&name(value))
        });
    }
}

/// Gives the one schema of each state one name.
fn align(current: &Realm, desired: &mut Realm) -> Result<(), SeveralSchemas> {
    if current.schemas.len() > 1 || desired.schemas.len() > 1 {
        return Err(SeveralSchemas);
    }
    if let ([ours], [theirs]) = (&current.schemas[..], &desired.schemas[..]) {
        let (ours, theirs) = (ours.name.clone(), theirs.name.clone());
        desired.rename_schema(&theirs, &ours);
    }
    Ok(())
}
