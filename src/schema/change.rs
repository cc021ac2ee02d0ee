//! What differs between two realms. A change says what, never how: there is no SQL in it.

use super::{
    Check, Column, EnumType, ForeignKey, Index, ObjectName, PrimaryKey, RawConstraint, Schema,
    Sequence, Table, TextObject, Unique,
};

/// An addition, a removal, or a difference between the current and the desired form of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit<T> {
    /// Only the desired state has it.
    Add(T),
    /// Only the current state has it.
    Drop(T),
    /// Both have it, in different forms.
    Modify { from: T, to: T },
}

impl<T> Edit<T> {
    /// The current form, where there is one.
    pub fn from(&self) -> Option<&T> {
        match self {
            Self::Add(_) => None,
            Self::Drop(from) | Self::Modify { from, .. } => Some(from),
        }
    }

    /// The desired form, where there is one.
    pub fn to(&self) -> Option<&T> {
        match self {
            Self::Drop(_) => None,
            Self::Add(to) | Self::Modify { to, .. } => Some(to),
        }
    }

    /// The edit that takes the desired form back to the current one.
    pub fn reversed(self) -> Self {
        match self {
            Self::Add(value) => Self::Drop(value),
            Self::Drop(value) => Self::Add(value),
            Self::Modify { from, to } => Self::Modify { from: to, to: from },
        }
    }
}

/// One difference between two realms.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a plan holds few changes, and boxes would be in the way of matching on them"
)]
pub enum Change {
    /// A schema itself: its content comes as changes of its own.
    Schema(Edit<Schema>),
    /// An enumerated type.
    Enum {
        schema: String,
        edit: Edit<EnumType>,
    },
    /// A free-standing sequence.
    Sequence {
        schema: String,
        edit: Edit<Sequence>,
    },
    /// A new table with all that belongs to it.
    AddTable { schema: String, table: Table },
    /// A table that goes, with all that belongs to it.
    DropTable {
        schema: String,
        /// The table as it was.
        table: Table,
    },
    /// A table that changes.
    ModifyTable(ModifyTable),
    /// An object that is kept as text, of a kind that its dialect plans.
    Text(TextChange),
}

/// A difference in an object that is kept as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextChange {
    /// Schema, unless the object is outside any.
    pub schema: Option<String>,
    pub edit: Edit<TextObject>,
}

impl TextChange {
    /// The object in its desired form, or in its current one where it goes.
    pub fn object(&self) -> &TextObject {
        match &self.edit {
            Edit::Add(object) | Edit::Drop(object) | Edit::Modify { to: object, .. } => object,
        }
    }
}

/// How one table changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModifyTable {
    pub schema: String,
    pub from: Table,
    pub to: Table,
    /// The differences between the two, never empty.
    pub changes: Vec<TableChange>,
}

/// One difference between two forms of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a plan holds few changes, and boxes would be in the way of matching on them"
)]
pub enum TableChange {
    /// A column.
    Column(Edit<Column>),
    /// The primary key.
    PrimaryKey(Edit<PrimaryKey>),
    /// A unique constraint.
    Unique(Edit<Unique>),
    /// A foreign key.
    ForeignKey(Edit<ForeignKey>),
    /// A check constraint.
    Check(Edit<Check>),
    /// Another constraint, kept as text.
    Constraint(Edit<RawConstraint>),
    /// An index.
    Index(Edit<Index>),
    /// The table's comment.
    Comment {
        from: Option<String>,
        to: Option<String>,
    },
    /// A dialect-only attribute of the table.
    Attr {
        /// Its key, as the dialect's folder defines it.
        key: String,
        from: Option<String>,
        to: Option<String>,
    },
}

/// What kind of object something is, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A schema.
    Schema,
    /// An enumerated type.
    Enum,
    /// A free-standing sequence.
    Sequence,
    /// What tables are made of and that is kept as text: an extension, a domain, a composite type.
    Type,
    /// A table.
    Table,
    /// What is made of tables and is kept as text: a view, a routine, a trigger, a policy.
    Text,
}

impl Kind {
    fn of_text(kind: &str) -> Self {
        match kind {
            "extension" | "domain" | "composite type" | "range type" => Self::Type,
            _ => Self::Text,
        }
    }
}

/// What tells an object of a realm from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub kind: Kind,
    /// Its name; a schema's own name stands in both places.
    pub name: ObjectName,
}

impl Key {
    /// The key of an object.
    pub fn new(kind: Kind, name: ObjectName) -> Self {
        Self { kind, name }
    }

    /// The key of a schema.
    pub fn schema(name: &str) -> Self {
        Self::new(Kind::Schema, ObjectName::new(name, name))
    }

    /// The key of an object that is kept as text: names are unique among their kind, and some in their table alone.
    pub fn text(schema: Option<&str>, object: &TextObject) -> Self {
        let table = object.table.as_deref().unwrap_or_default();
        let name = format!("{} {table} {}", object.kind, object.name);
        let name = ObjectName::new(schema.unwrap_or_default(), name);
        Self::new(Kind::of_text(&object.kind), name)
    }

    /// The key of a table.
    pub fn table(name: &ObjectName) -> Self {
        Self::new(Kind::Table, name.clone())
    }
}

impl ModifyTable {
    /// A form of the table with the differences made: of the current form the desired one, unless some differences are left
    /// out. What the desired form lacks and no difference is about comes last in each list.
    pub fn reached(&self, from: &Table) -> Table {
        let mut to = from.clone();
        for change in &self.changes {
            match change {
                TableChange::Column(edit) => apply(&mut to.columns, edit),
                TableChange::Unique(edit) => apply(&mut to.uniques, edit),
                TableChange::ForeignKey(edit) => apply(&mut to.foreign_keys, edit),
                TableChange::Check(edit) => apply(&mut to.checks, edit),
                TableChange::Constraint(edit) => apply(&mut to.constraints, edit),
                TableChange::Index(edit) => apply(&mut to.indexes, edit),
                TableChange::PrimaryKey(edit) => to.primary_key = edit.to().cloned(),
                TableChange::Comment { to: comment, .. } => to.comment.clone_from(comment),
                TableChange::Attr { key, to: value, .. } => to.attrs.set(key, value.as_ref()),
            }
        }
        arrange(&mut to.columns, &self.to.columns);
        arrange(&mut to.uniques, &self.to.uniques);
        arrange(&mut to.foreign_keys, &self.to.foreign_keys);
        arrange(&mut to.checks, &self.to.checks);
        arrange(&mut to.indexes, &self.to.indexes);
        to
    }
}

fn apply<T: Clone + PartialEq>(list: &mut Vec<T>, edit: &Edit<T>) {
    let place = edit
        .from()
        .and_then(|old| list.iter().position(|item| item == old));
    match (place, edit.to()) {
        (Some(place), Some(new)) => list[place] = new.clone(),
        (Some(place), None) => drop(list.remove(place)),
        (None, Some(new)) => list.push(new.clone()),
        (None, None) => {}
    }
}

/// Puts a list into the order of another one; what that one lacks comes last.
fn arrange<T: PartialEq>(list: &mut [T], like: &[T]) {
    list.sort_by_key(|item| {
        let place = like.iter().position(|other| other == item);
        place.unwrap_or(usize::MAX)
    });
}

impl TableChange {
    /// The change that takes the desired form back to the current one.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self.clone() {
            Self::Column(edit) => Self::Column(edit.reversed()),
            Self::PrimaryKey(edit) => Self::PrimaryKey(edit.reversed()),
            Self::Unique(edit) => Self::Unique(edit.reversed()),
            Self::ForeignKey(edit) => Self::ForeignKey(edit.reversed()),
            Self::Check(edit) => Self::Check(edit.reversed()),
            Self::Constraint(edit) => Self::Constraint(edit.reversed()),
            Self::Index(edit) => Self::Index(edit.reversed()),
            Self::Comment { from, to } => Self::Comment { from: to, to: from },
            Self::Attr { key, from, to } => Self::Attr {
                key,
                from: to,
                to: from,
            },
        }
    }
}

impl Change {
    /// The change that takes the desired state back to the current one.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self.clone() {
            Self::Schema(edit) => Self::Schema(edit.reversed()),
            Self::Enum { schema, edit } => Self::Enum {
                schema,
                edit: edit.reversed(),
            },
            Self::Sequence { schema, edit } => Self::Sequence {
                schema,
                edit: edit.reversed(),
            },
            Self::AddTable { schema, table } => Self::DropTable { schema, table },
            Self::DropTable { schema, table } => Self::AddTable { schema, table },
            Self::ModifyTable(ModifyTable {
                schema,
                from,
                to,
                changes,
            }) => Self::ModifyTable(ModifyTable {
                schema,
                from: to,
                to: from,
                changes: changes.iter().map(TableChange::reversed).collect(),
            }),
            Self::Text(TextChange { schema, edit }) => Self::Text(TextChange {
                schema,
                edit: edit.reversed(),
            }),
        }
    }

    /// The name of what changes; a schema's own name stands in both places.
    pub fn object(&self) -> ObjectName {
        fn of<T>(schema: &str, edit: &Edit<T>, name: impl Fn(&T) -> &str) -> ObjectName {
            ObjectName::new(schema, edit.to().or(edit.from()).map_or("", name))
        }
        match self {
            Self::Schema(edit) => {
                let name = edit.to().or(edit.from()).map_or("", |schema| &schema.name);
                ObjectName::new(name, name)
            }
            Self::Enum { schema, edit } => of(schema, edit, |value| &value.name),
            Self::Sequence { schema, edit } => of(schema, edit, |value| &value.name),
            Self::AddTable { schema, table } | Self::DropTable { schema, table } => {
                ObjectName::new(schema, &table.name)
            }
            Self::ModifyTable(modify) => ObjectName::new(&modify.schema, &modify.to.name),
            Self::Text(change) => {
                let schema = change.schema.as_deref().unwrap_or_default();
                of(schema, &change.edit, |object| &object.name)
            }
        }
    }

    /// The kind of what changes.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Schema(_) => Kind::Schema,
            Self::Enum { .. } => Kind::Enum,
            Self::Sequence { .. } => Kind::Sequence,
            Self::AddTable { .. } | Self::DropTable { .. } | Self::ModifyTable(_) => Kind::Table,
            Self::Text(change) => Kind::of_text(&change.object().kind),
        }
    }

    /// The key of what changes.
    pub fn key(&self) -> Key {
        match self {
            Self::Text(change) => Key::text(change.schema.as_deref(), change.object()),
            _ => Key::new(self.kind(), self.object()),
        }
    }

    /// How a table changes that stays.
    pub fn as_modify(&self) -> Option<&ModifyTable> {
        match self {
            Self::ModifyTable(modify) => Some(modify),
            _ => None,
        }
    }

    /// The whole object comes.
    pub fn is_new(&self) -> bool {
        match self {
            Self::Schema(edit) => edit.from().is_none(),
            Self::Enum { edit, .. } => edit.from().is_none(),
            Self::Sequence { edit, .. } => edit.from().is_none(),
            Self::Text(change) => change.edit.from().is_none(),
            Self::AddTable { .. } => true,
            Self::DropTable { .. } | Self::ModifyTable(_) => false,
        }
    }

    /// The whole object goes.
    pub fn is_drop(&self) -> bool {
        match self {
            Self::Schema(edit) => edit.to().is_none(),
            Self::Enum { edit, .. } => edit.to().is_none(),
            Self::Sequence { edit, .. } => edit.to().is_none(),
            Self::DropTable { .. } => true,
            Self::AddTable { .. } | Self::ModifyTable(_) => false,
            Self::Text(change) => change.edit.to().is_none(),
        }
    }
}
