//! Which locks changes take, and what is done with a table's rows meanwhile. The golden cases compare it with `pg_locks`.

use super::{attrs, ddl, family, inherit, manner};
use crate::dialect::impact::{Blocks, Impact, Lock, Surroundings, Work};
use crate::schema::change::{Change, Edit, ModifyTable, TableChange, TextChange};
use crate::schema::{
    Attrs, Check, Column, DataType, ForeignKey, Index, KeyPart, ObjectName, PartExpr, Realm, Table,
    TextObject,
};
use crate::sql::Rules;
use crate::sql::token::{Token, tokens};

const SHARE_UPDATE_EXCLUSIVE: Lock = lock(4, Blocks::Nothing, "SHARE UPDATE EXCLUSIVE");
const SHARE: Lock = lock(5, Blocks::Writes, "SHARE");
const SHARE_ROW_EXCLUSIVE: Lock = lock(6, Blocks::Writes, "SHARE ROW EXCLUSIVE");
const ACCESS_EXCLUSIVE: Lock = lock(8, Blocks::ReadsAndWrites, "ACCESS EXCLUSIVE");

const fn lock(rank: u8, blocks: Blocks, name: &'static str) -> Lock {
    Lock { rank, blocks, name }
}

/// What is done to a table by one part of its change: the lock, and the work.
type Done = (Lock, Option<Work>);

const QUICK: Done = (ACCESS_EXCLUSIVE, None);

pub(super) fn impact(change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
    let mut all = of(change, around);
    let mut at = 0;
    // Partitions share what happens to their table.
    while let Some(impact) = all.get(at).cloned() {
        let schema = around.current.schema(&impact.table.schema);
        let texts = schema.into_iter().flat_map(|schema| &schema.texts);
        let parts = texts.filter(|object| {
            object.kind == "partition" && object.table.as_ref() == Some(&impact.table.name)
        });
        all.extend(parts.map(|part| {
            let name = ObjectName::new(&impact.table.schema, &part.name);
            Impact::on(&name, impact.lock, impact.work)
        }));
        at += 1;
    }
    let partition = |name: &ObjectName| {
        let schema = around.current.schema(&name.schema);
        let mut texts = schema.into_iter().flat_map(|schema| &schema.texts);
        texts.any(|object| object.kind == "partition" && object.name == name.name)
    };
    all.retain(|impact| around.current.table(&impact.table).is_some() || partition(&impact.table));
    all
}

/// Tables that statements rewrite and leave as they are.
pub(super) fn remade(tables: &[ObjectName]) -> Vec<Impact> {
    let tables = tables.iter();
    tables
        .map(|table| Impact::on(table, ACCESS_EXCLUSIVE, Work::Rewrite))
        .collect()
}

fn of(change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
    match change {
        Change::AddTable { schema, table } => {
            let own = ObjectName::new(schema, &table.name);
            referenced(&own, &table.foreign_keys, SHARE_ROW_EXCLUSIVE, None)
        }
        Change::DropTable { schema, table } => {
            let own = ObjectName::new(schema, &table.name);
            let mut all = referenced(&own, &table.foreign_keys, ACCESS_EXCLUSIVE, None);
            all.push(Impact::on(&own, ACCESS_EXCLUSIVE, None));
            all
        }
        Change::ModifyTable(modify) => modified(modify, around),
        Change::Enum {
            schema,
            edit: Edit::Modify { from, to },
        } if !ddl::only_adds(from, to) && !manner::renames_values(&from.name, around) => {
            // The type is recreated, and what has it is rewritten with it.
            let own = ObjectName::new(schema, &from.name);
            let tables = around.current.schemas.iter();
            let tables = tables.flat_map(|schema| {
                let name = |table: &Table| ObjectName::new(&schema.name, &table.name);
                let uses = |table: &&Table| {
                    let mut columns = table.columns.iter();
                    columns.any(|column| column.ty.user.as_ref() == Some(&own))
                };
                schema.tables.iter().filter(uses).map(name)
            });
            tables
                .map(|table| Impact::on(&table, ACCESS_EXCLUSIVE, Work::Rewrite))
                .collect()
        }
        Change::Text(TextChange {
            schema: Some(schema),
            edit,
        }) => {
            let table = edit.to().or(edit.from()).and_then(|one| one.table.as_ref());
            let lock = match edit {
                // What follows it in a definition, such as `DISABLE TRIGGER`, takes no more.
                Edit::Add(object) if object.kind == "trigger" => SHARE_ROW_EXCLUSIVE,
                _ => ACCESS_EXCLUSIVE,
            };
            let table = table.map(|table| ObjectName::new(schema, table));
            let table = table.filter(|_| !is_statistics(edit));
            table
                .map(|table| Impact::on(&table, lock, None))
                .into_iter()
                .collect()
        }
        Change::Schema(_) | Change::Enum { .. } | Change::Sequence { .. } | Change::Text(_) => {
            Vec::new()
        }
    }
}

/// They take the place of a table's rows nowhere.
fn is_statistics(edit: &Edit<TextObject>) -> bool {
    let object = edit.to().or(edit.from());
    object.is_some_and(|object| object.kind == "statistics object")
}

/// Tables that others refer to are locked with them.
fn referenced(
    own: &ObjectName,
    keys: &[ForeignKey],
    lock: Lock,
    work: Option<Work>,
) -> Vec<Impact> {
    let keys = keys.iter().filter(|key| key.ref_table != *own);
    keys.map(|key| Impact::on(&key.ref_table, lock, work))
        .collect()
}

fn modified(modify: &ModifyTable, around: &Surroundings<'_>) -> Vec<Impact> {
    let own = ObjectName::new(&modify.schema, &modify.to.name);
    let mut all = Vec::new();
    for change in &modify.changes {
        if let Some(parts) = spared(change, (&own, modify), around) {
            let parts = parts.into_iter();
            all.extend(parts.map(|(lock, work)| Impact::on(&own, lock, work)));
            if let TableChange::ForeignKey(Edit::Add(key)) = change {
                all.extend(referenced(
                    &own,
                    std::slice::from_ref(key),
                    SHARE_ROW_EXCLUSIVE,
                    None,
                ));
            }
            continue;
        }
        let done = match change {
            TableChange::ForeignKey(edit) => {
                all.extend(foreign_key(&own, edit));
                None
            }
            TableChange::Index(edit) => index(edit, &own, around),
            TableChange::Column(edit) => Some(column(edit, &modify.from, around)),
            other => part(other),
        };
        if let Some((lock, work)) = done {
            if lock == ACCESS_EXCLUSIVE && is_passed_on(change) {
                let heirs = heirs(&own, around.current).into_iter();
                all.extend(heirs.map(|heir| Impact::on(&heir, lock, work)));
            }
            all.push(Impact::on(&own, lock, work));
        }
        all.extend(detached(&own, change, around));
    }
    let before = inherit::parents(&modify.from);
    let parents = inherit::parents(&modify.to).into_iter();
    let joined = parents.filter(|parent| !before.contains(parent));
    all.extend(joined.map(|parent| Impact::on(&parent, SHARE_UPDATE_EXCLUSIVE, None)));
    all
}

/// Whether tables that inherit change along.
fn is_passed_on(change: &TableChange) -> bool {
    match change {
        TableChange::Column(_) => true,
        TableChange::Check(edit) => {
            let check = edit.to().or(edit.from());
            check.is_some_and(|check| check.attrs.get(attrs::NO_INHERIT).is_none())
        }
        _ => false,
    }
}

/// Tables that inherit from a table, themselves or by others.
fn heirs(own: &ObjectName, realm: &Realm) -> Vec<ObjectName> {
    let mut all = vec![own.clone()];
    let mut at = 0;
    while let Some(parent) = all.get(at).cloned() {
        for schema in &realm.schemas {
            for table in &schema.tables {
                let name = ObjectName::new(&schema.name, &table.name);
                if inherit::parents(table).contains(&parent) && !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        at += 1;
    }
    all.split_off(1)
}

/// What is done where the statements go a way that spares those who use the table: a rule is made without a look at rows and
/// validated apart, or takes an index that is there.
fn spared(
    change: &TableChange,
    (own, modify): (&ObjectName, &ModifyTable),
    around: &Surroundings<'_>,
) -> Option<Vec<Done>> {
    const VALIDATED: Done = (SHARE_UPDATE_EXCLUSIVE, Some(Work::Check));
    let unproven = |attrs: &Attrs| attrs.get(attrs::NOT_VALID).is_some();
    match change {
        TableChange::Check(Edit::Add(to)) if is_checked(&to.attrs) => {
            manner::comes_unproven(to.name.as_deref(), own, around).then(|| vec![QUICK, VALIDATED])
        }
        TableChange::Check(Edit::Modify { from, to }) if unproven(&from.attrs) => {
            let same = (&from.name, &from.expr) == (&to.name, &to.expr);
            (same && is_checked(&to.attrs) && manner::validates(to.name.as_deref(), own, around))
                .then(|| vec![VALIDATED])
        }
        TableChange::ForeignKey(Edit::Add(to)) if is_checked(&to.attrs) => {
            manner::comes_unproven(to.name.as_deref(), own, around)
                .then(|| vec![(SHARE_ROW_EXCLUSIVE, None), VALIDATED])
        }
        TableChange::ForeignKey(Edit::Modify { from, to }) if unproven(&from.attrs) => {
            let mut proven = from.clone();
            proven.attrs.set(attrs::NOT_VALID, None::<String>);
            proven.comment.clone_from(&to.comment);
            (proven == *to && manner::validates(to.name.as_deref(), own, around))
                .then(|| vec![VALIDATED])
        }
        TableChange::Unique(Edit::Add(to)) => taken(to.name.as_deref(), (own, modify), around),
        TableChange::PrimaryKey(Edit::Add(to)) => taken(to.name.as_deref(), (own, modify), around),
        TableChange::Column(Edit::Modify { from, to }) if from.nullable && !to.nullable => {
            let only = Column {
                nullable: from.nullable,
                comment: from.comment.clone(),
                ..to.clone()
            };
            if only != *from {
                return None;
            }
            let mut checks = modify.from.checks.iter();
            let check = checks.find(|check| manner::says_not_null(&check.expr, &to.name));
            let Some(check) = check else {
                let check = manner::proves_not_null(&to.name, own, around)?;
                let late = manner::is_dropped_first(&check, &to.name, around);
                return (!late).then(|| vec![QUICK, VALIDATED]);
            };
            let name = check.name.as_deref();
            let late = name.is_some_and(|name| manner::is_dropped_first(name, &to.name, around));
            match is_checked(&check.attrs) {
                _ if late => None,
                true => Some(vec![QUICK]),
                // What validates it is a change of its own.
                false => manner::validates(name, own, around).then(|| vec![QUICK, VALIDATED]),
            }
        }
        _ => None,
    }
}

/// A constraint that takes over an index; one that these statements built is built for it.
fn taken(
    name: Option<&str>,
    (own, modify): (&ObjectName, &ModifyTable),
    around: &Surroundings<'_>,
) -> Option<Vec<Done>> {
    let index = manner::taken(name, own, around)?;
    let mut done = vec![QUICK];
    if !modify.from.indexes.iter().any(|one| one.name == index) {
        done.push(match manner::built_apart(&index, around)? {
            true => (SHARE_UPDATE_EXCLUSIVE, Some(Work::Index)),
            false => (SHARE, Some(Work::Index)),
        });
    }
    Some(done)
}

/// Tables whose foreign keys on a column have to go while it becomes another one, and are made and checked again.
fn detached(own: &ObjectName, change: &TableChange, around: &Surroundings<'_>) -> Vec<Impact> {
    let TableChange::Column(Edit::Modify { from, to }) = change else {
        return Vec::new();
    };
    if from.generated == to.generated && family::of(&from.ty) == family::of(&to.ty) {
        return Vec::new();
    }
    let tables = around.current.schemas.iter();
    let tables = tables.flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
    let refers = |table: &Table| {
        let mut keys = table.foreign_keys.iter();
        keys.any(|key| key.ref_table == *own && key.ref_columns.contains(&to.name))
    };
    tables
        .filter(|(_, table)| refers(table))
        .map(|(schema, table)| {
            let name = ObjectName::new(&schema.name, &table.name);
            Impact::on(&name, ACCESS_EXCLUSIVE, Work::Check)
        })
        .collect()
}

fn part(change: &TableChange) -> Option<Done> {
    Some(match change {
        TableChange::PrimaryKey(edit) => {
            return key(
                edit.from().map(|key| (&key.parts, &key.attrs)),
                edit.to().map(|key| (&key.parts, &key.attrs)),
                edit.from().map(|key| &key.name) == edit.to().map(|key| &key.name),
            );
        }
        TableChange::Unique(edit) => {
            return key(
                edit.from().map(|unique| (&unique.parts, &unique.attrs)),
                edit.to().map(|unique| (&unique.parts, &unique.attrs)),
                edit.from().map(|unique| &unique.name) == edit.to().map(|unique| &unique.name),
            );
        }
        TableChange::Constraint(edit) => {
            return key(
                edit.from().map(|raw| &raw.definition),
                edit.to().map(|raw| &raw.definition),
                edit.from().map(|raw| &raw.name) == edit.to().map(|raw| &raw.name),
            );
        }
        TableChange::Check(edit) => {
            let (from, to) = (edit.from(), edit.to());
            let rule = |check: &Check| (check.expr.clone(), check.attrs.clone());
            match to {
                Some(to) if from.map(rule) != Some(rule(to)) => (
                    ACCESS_EXCLUSIVE,
                    is_checked(&to.attrs).then_some(Work::Check),
                ),
                Some(to) if from.is_some_and(|from| from.name == to.name) => return None,
                _ => QUICK,
            }
        }
        TableChange::Attr { key, .. } => match key.as_str() {
            attrs::UNLOGGED | attrs::TABLESPACE => (ACCESS_EXCLUSIVE, Some(Work::Rewrite)),
            attrs::STORAGE => (SHARE_UPDATE_EXCLUSIVE, None),
            _ => QUICK,
        },
        _ => (SHARE_UPDATE_EXCLUSIVE, None),
    })
}

/// A rule that rows are compared with when it is made.
fn is_checked(attrs: &Attrs) -> bool {
    attrs.get(attrs::NOT_VALID).is_none() && attrs.get(attrs::NOT_ENFORCED).is_none()
}

/// A constraint with an index, by what it is on; another comment is nothing to the table.
fn key<T: PartialEq>(from: Option<T>, to: Option<T>, same_name: bool) -> Option<Done> {
    match (from, to) {
        (Some(from), Some(to)) if from == to && same_name => None,
        (Some(from), Some(to)) if from == to => Some(QUICK),
        (_, Some(_)) => Some((ACCESS_EXCLUSIVE, Some(Work::Index))),
        (_, None) => Some(QUICK),
    }
}

fn index(edit: &Edit<Index>, own: &ObjectName, around: &Surroundings<'_>) -> Option<Done> {
    let apart = |index: &Index| manner::builds_apart(index, own, around);
    let drop = |name: &str| match manner::drops_apart(name, around) {
        true => (SHARE_UPDATE_EXCLUSIVE, None),
        false => QUICK,
    };
    match edit {
        Edit::Add(to) if apart(to) => Some((SHARE_UPDATE_EXCLUSIVE, Some(Work::Index))),
        Edit::Add(_) => Some((SHARE, Some(Work::Index))),
        Edit::Drop(from) => Some(drop(&from.name)),
        Edit::Modify { from, to } => {
            // Another name, comment or setting is the index's own matter.
            let built = |index: &Index| {
                let mut index = Index {
                    name: String::new(),
                    comment: None,
                    ..index.clone()
                };
                index.attrs.set(attrs::STORAGE, None::<String>);
                index
            };
            if built(from) == built(to) {
                return None;
            }
            Some(match apart(to) {
                true => (SHARE_UPDATE_EXCLUSIVE, Some(Work::Index)),
                false => (ACCESS_EXCLUSIVE, Some(Work::Index)),
            })
        }
    }
}

fn foreign_key(own: &ObjectName, edit: &Edit<ForeignKey>) -> Vec<Impact> {
    let both = |key: &ForeignKey, lock: Lock, work: Option<Work>| {
        // The check reads both tables.
        let mut all = referenced(own, std::slice::from_ref(key), lock, work);
        all.push(Impact::on(own, lock, work));
        all
    };
    let added = |key: &ForeignKey| {
        let work = is_checked(&key.attrs).then_some(Work::Check);
        both(key, SHARE_ROW_EXCLUSIVE, work)
    };
    match edit {
        Edit::Add(key) => added(key),
        Edit::Drop(key) => both(key, ACCESS_EXCLUSIVE, None),
        Edit::Modify { from, to } => {
            let bare = |key: &ForeignKey| {
                let mut key = ForeignKey {
                    name: None,
                    comment: None,
                    ..key.clone()
                };
                key.attrs.set(attrs::DEFERRABLE, None::<String>);
                key
            };
            if bare(from) == bare(to) {
                let same = (&from.name, &from.attrs) == (&to.name, &to.attrs);
                return match same {
                    true => Vec::new(),
                    false => vec![Impact::on(own, ACCESS_EXCLUSIVE, None)],
                };
            }
            let mut all = both(from, ACCESS_EXCLUSIVE, None);
            all.extend(added(to));
            all
        }
    }
}

fn column(edit: &Edit<Column>, table: &Table, around: &Surroundings<'_>) -> Done {
    let work = match edit {
        Edit::Drop(_) => None,
        Edit::Add(column) => {
            let computed = column.generated.as_ref().is_some_and(|rule| rule.stored);
            let numbered = column.identity.is_some() || column.auto_increment;
            let default = column.default.as_deref();
            match () {
                () if computed || numbered || default.is_some_and(is_volatile) => {
                    Some(Work::Rewrite)
                }
                // Each row's value is compared with the rule.
                () if is_ruled(&column.ty, around.desired) => Some(Work::Rewrite),
                () if !column.nullable && default.is_none() => Some(Work::Check),
                () => None,
            }
        }
        Edit::Modify { from, to } => {
            let rest = |column: &Column| Column {
                comment: None,
                ..column.clone()
            };
            if rest(from) == rest(to) {
                return (SHARE_UPDATE_EXCLUSIVE, None);
            }
            let computed =
                |column: &Column| column.generated.as_ref().is_some_and(|rule| rule.stored);
            match () {
                () if from.generated != to.generated && computed(to) => Some(Work::Rewrite),
                () if from.ty != to.ty && rewrites(&from.ty, &to.ty) => Some(Work::Rewrite),
                () if from.collation != to.collation && is_indexed(&to.name, table) => {
                    Some(Work::Index)
                }
                () if from.nullable && !to.nullable => Some(Work::Check),
                () => None,
            }
        }
    };
    (ACCESS_EXCLUSIVE, work)
}

/// Whether a type is a domain with a rule.
fn is_ruled(ty: &DataType, realm: &Realm) -> bool {
    let Some(user) = ty.user.as_ref().filter(|_| !ty.is_array()) else {
        return false;
    };
    let texts = realm.schema(&user.schema).into_iter();
    let mut texts = texts.flat_map(|schema| &schema.texts);
    let domain = texts.find(|object| object.kind == "domain" && object.name == user.name);
    domain.is_some_and(|domain| {
        let tokens: Vec<Token<'_>> = tokens(&domain.definition, &Rules::POSTGRES).collect();
        let not_null = |pair: &[Token<'_>]| pair[0].is("not") && pair[1].is("null");
        tokens.iter().any(|token| token.is("check")) || tokens.windows(2).any(not_null)
    })
}

fn is_indexed(column: &str, table: &Table) -> bool {
    let names = |part: &KeyPart| matches!(&part.on, PartExpr::Column(name) if name == column);
    let keys = table.primary_key.iter().map(|key| &key.parts);
    let keys = keys.chain(table.uniques.iter().map(|unique| &unique.parts));
    let mut keys = keys.chain(table.indexes.iter().map(|index| &index.parts));
    keys.any(|parts| parts.iter().any(names))
}

/// Whether a column of one type is rewritten to become one of another. Types that are stored alike stay as they are where
/// no value has to be cut or compared.
fn rewrites(from: &DataType, to: &DataType) -> bool {
    if from.user.is_some() || to.user.is_some() || from.dimensions != to.dimensions {
        return from.user != to.user || from.dimensions != to.dimensions;
    }
    if from.arguments == to.arguments && from.same_but_for_arguments(to) {
        return false;
    }
    let string = |ty: &DataType| matches!(ty.base.as_str(), "character varying" | "text");
    let number = |text: &String| text.parse::<u32>().unwrap_or_default();
    let arguments = |ty: &DataType| ty.arguments.iter().map(number).collect::<Vec<_>>();
    let (old, new) = (arguments(from), arguments(to));
    let same = from.same_but_for_arguments(to);
    let bounded = match to.base.as_str() {
        // Elements of an array that get another type are cast one by one.
        _ if to.is_array() && !same => return true,
        "character varying" | "text" if string(from) => true,
        "bit varying" | "numeric" | "interval" if same => true,
        "timestamp" | "time" if same => true,
        "inet" => return from.base != "cidr",
        _ => return true,
    };
    match (&old[..], &new[..]) {
        _ if !bounded => true,
        (_, []) => false,
        // Elements of an array are looked at one by one.
        _ if to.is_array() => true,
        ([], [digits]) if matches!(to.base.as_str(), "timestamp" | "time" | "interval") => {
            *digits < 6
        }
        ([], _) => true,
        ([old, rest @ ..], [new, more @ ..]) => {
            let scale = |rest: &[u32]| rest.first().copied().unwrap_or_default();
            old > new || scale(rest) != scale(more)
        }
    }
}

/// Functions that give a statement one value, so that a new column's rows need not be written.
const STEADY: &[&str] = &[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "timezone",
    "date_trunc",
    "date_part",
    "extract",
    "to_char",
    "to_timestamp",
    "to_date",
    "make_interval",
    "make_date",
    "current_setting",
    "lower",
    "upper",
    "md5",
    "concat",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "round",
    "floor",
    "ceil",
    "abs",
    "json_build_object",
    "json_build_array",
    "jsonb_build_object",
    "jsonb_build_array",
    "to_json",
    "to_jsonb",
    "array_fill",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    // Types that have arguments, and keywords before a parenthesis.
    "numeric",
    "varying",
    "character",
    "varchar",
    "bpchar",
    "bit",
    "timestamp",
    "time",
    "interval",
    "array",
    "case",
    "when",
    "then",
    "else",
    "and",
    "or",
    "not",
    "in",
];

/// Whether an expression may give each row another value. A function that nobody knows may, as the server takes it.
fn is_volatile(expr: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(expr, &Rules::POSTGRES).collect();
    tokens.windows(2).any(|pair| {
        let name = pair[0].name();
        pair[1].symbol("(") && name.is_some_and(|name| !STEADY.contains(&&*name.to_lowercase()))
    })
}
