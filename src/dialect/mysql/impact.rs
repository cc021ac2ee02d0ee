//! How a table is changed: at once, in place, or by a copy that nobody may write to meanwhile. The golden cases ask the servers
//! themselves, which refuse an `ALGORITHM` and a `LOCK` that they can't keep to.

use super::server::{Product, Server};
use super::{attrs, holds_back, longer};
use crate::dialect::impact::{Blocks, Impact, Lock, Surroundings, Work};
use crate::schema::change::{Change, Edit, ModifyTable, TableChange};
use crate::schema::{Column, ForeignKey, Index, ObjectName, PartExpr, Table};
use crate::sql::deed::altered;
use crate::sql::token::{Token, tokens};
use crate::sql::{Rules, Statement, has_word};

/// Also with `ALGORITHM=INSTANT`: no row is looked at.
const INSTANT: Lock = manner(0, Blocks::Nothing, "LOCK=NONE");
const ONLINE: Lock = manner(1, Blocks::Nothing, "LOCK=NONE");
const SHARED: Lock = manner(2, Blocks::Writes, "ALGORITHM=INPLACE, LOCK=SHARED");
const COPY: Lock = manner(3, Blocks::Writes, "ALGORITHM=COPY, LOCK=SHARED");
const EXCLUSIVE: Lock = manner(4, Blocks::ReadsAndWrites, "LOCK=EXCLUSIVE");

const fn manner(rank: u8, blocks: Blocks, name: &'static str) -> Lock {
    Lock { rank, blocks, name }
}

/// How it is done, and what with the rows.
type Done = (Lock, Option<Work>);

const COPIED: Done = (COPY, Some(Work::Rewrite));
const REBUILT: Done = (ONLINE, Some(Work::Rewrite));
const CHANGED: Done = (ONLINE, None);
const AT_ONCE: Done = (INSTANT, None);

pub(super) fn impact(change: &Change, around: &Surroundings<'_>, product: Product) -> Vec<Impact> {
    let server = Server::of(product, &[around.current, around.desired]);
    let Change::ModifyTable(modify) = change else {
        return Vec::new();
    };
    let own = ObjectName::new(&modify.schema, &modify.to.name);
    let here = Here {
        modify,
        server,
        statements: around.statements,
    };
    let parts: Vec<Done> = modify.changes.iter().map(|part| here.part(part)).collect();
    let mut all: Vec<Impact> = parts
        .iter()
        .map(|(lock, work)| Impact::on(&own, *lock, *work))
        .collect();
    if here.gives_up_instant(&parts) {
        all.push(Impact::on(&own, ONLINE, Work::Rewrite));
    }
    demand(&mut all, &own, around);
    let (lock, work) = COPIED;
    let detached = modify.changes.iter().filter_map(|part| match part {
        TableChange::Column(Edit::Modify { from, to }) if holds_back(from, to, product) => Some(to),
        _ => None,
    });
    // Foreign keys on such a column are dropped before and made again.
    for column in detached {
        let tables = around.current.schemas.iter();
        let tables =
            tables.flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
        for (schema, table) in tables {
            let name = ObjectName::new(&schema.name, &table.name);
            let refers = |key: &ForeignKey| {
                key.ref_table == own && key.ref_columns.contains(&column.name)
                    || name == own && key.columns.contains(&column.name)
            };
            if table.foreign_keys.iter().any(refers) {
                all.push(Impact::on(&name, lock, work));
            }
        }
    }
    all
}

/// Tables that statements rewrite, be it only for another order of columns.
pub(super) fn remade(
    tables: &[ObjectName],
    around: &Surroundings<'_>,
    product: Product,
) -> Vec<Impact> {
    let maria = Server::of(product, &[around.current, around.desired]).maria();
    let mut names = tables.to_vec();
    let moves = |one: &&Statement| {
        let says =
            |words: &[&str]| tokens(&one.text, &Rules::MYSQL).any(|token| token.is_any(words));
        says(&["modify", "change"]) && says(&["after", "first"])
    };
    // MariaDB only notes the order.
    let moved = around.statements.iter().filter(moves).filter(|_| !maria);
    let schemas = || around.current.schemas.iter();
    for (one, schema) in moved.flat_map(|one| schemas().map(move |schema| (one, schema))) {
        for table in &schema.tables {
            let name = ObjectName::new(&schema.name, &table.name);
            let desired = around.desired.table(&name);
            if is_on(one, &name) && desired.is_some_and(|desired| is_reordered(table, desired)) {
                names.push(name);
            }
        }
    }
    let mut all = Vec::new();
    for name in names {
        let Some(table) = around.current.table(&name) else {
            continue;
        };
        let (lock, work) = match full_texts(table) {
            0 => REBUILT,
            _ => COPIED,
        };
        let mut own = vec![Impact::on(&name, lock, work)];
        demand(&mut own, &name, around);
        all.extend(own);
    }
    all
}

/// Whether columns that were there before are in another order.
fn is_reordered(from: &Table, to: &Table) -> bool {
    let common = |one: &Table, other: &Table| -> Vec<String> {
        let names = one.columns.iter().map(|column| column.name.clone());
        names.filter(|name| other.column(name).is_some()).collect()
    };
    common(from, to) != common(to, from)
}

fn is_on(statement: &Statement, table: &ObjectName) -> bool {
    altered(&statement.text, &Rules::MYSQL).is_some_and(|named| {
        let schema = named.schema.as_ref();
        named.name.eq_ignore_ascii_case(&table.name)
            && schema.is_none_or(|schema| schema.eq_ignore_ascii_case(&table.schema))
    })
}

/// Adds what the statements that alter a table demand by `ALGORITHM` and `LOCK`.
fn demand(all: &mut Vec<Impact>, table: &ObjectName, around: &Surroundings<'_>) {
    let own = around.statements.iter().filter(|one| is_on(one, table));
    let mut least = None;
    for statement in own {
        let tokens: Vec<Token<'_>> = tokens(&statement.text, &Rules::MYSQL)
            .filter(|token| !token.symbol("="))
            .collect();
        let demands = |what: &str, value: &str| {
            tokens
                .windows(2)
                .any(|pair| pair[0].is(what) && pair[1].is(value))
        };
        if demands("algorithm", "copy") {
            all.push(Impact::on(table, COPY, Work::Rewrite));
        }
        let lock = match () {
            () if demands("lock", "exclusive") => EXCLUSIVE,
            () if demands("lock", "shared") => SHARED,
            () => INSTANT,
        };
        least = Some(least.map_or(lock, |least: Lock| least.min(lock)));
    }
    for impact in all.iter_mut().filter(|impact| impact.table == *table) {
        impact.lock = impact.lock.max(least.unwrap_or(INSTANT));
    }
}

/// The change of a table, and where it is made.
struct Here<'a> {
    modify: &'a ModifyTable,
    server: Server,
    statements: &'a [Statement],
}

impl Here<'_> {
    fn part(&self, part: &TableChange) -> Done {
        let maria = self.server.maria();
        if self.modify.to.attrs.get(attrs::ENGINE).is_some() {
            return COPIED;
        }
        let done = match part {
            TableChange::Column(Edit::Add(column)) => self.added(column),
            TableChange::Column(Edit::Drop(column)) => {
                let stored = column.generated.as_ref().is_some_and(|rule| rule.stored);
                match !maria && stored {
                    true => REBUILT,
                    false => self.noted(),
                }
            }
            TableChange::Column(Edit::Modify { from, to }) => {
                modified(from, to, maria, is_indexed(&to.name, &self.modify.from))
            }
            TableChange::PrimaryKey(Edit::Drop(_)) => COPIED,
            TableChange::PrimaryKey(Edit::Modify { from, to }) if from.parts == to.parts => CHANGED,
            TableChange::PrimaryKey(_) => REBUILT,
            TableChange::ForeignKey(Edit::Drop(_)) if maria => AT_ONCE,
            TableChange::ForeignKey(Edit::Drop(_)) => CHANGED,
            TableChange::ForeignKey(_) | TableChange::Unique(_) | TableChange::Constraint(_) => {
                COPIED
            }
            TableChange::Check(edit) => match edit.to() {
                Some(check) if check.attrs.get(attrs::NOT_ENFORCED).is_none() => COPIED,
                _ => AT_ONCE,
            },
            TableChange::Index(edit) => self.index(edit),
            TableChange::Comment { .. } => described(maria),
            TableChange::Attr { key, to, .. } => match key.as_str() {
                attrs::CHARSET | attrs::COLLATION | attrs::AUTO_INCREMENT => described(maria),
                attrs::VERSIONED | attrs::PERIOD if to.is_none() => (SHARED, Some(Work::Rewrite)),
                key if key.starts_with(attrs::OPTION) => REBUILT,
                _ => COPIED,
            },
        };
        match done {
            REBUILT if full_texts(&self.modify.from) > 0 => COPIED,
            done => done,
        }
    }

    /// A statement that does more than what is done at once does nothing at once: a column that comes or goes takes all rows
    /// along.
    fn gives_up_instant(&self, parts: &[Done]) -> bool {
        let changes = || self.modify.changes.iter().zip(parts);
        let columns = changes().filter_map(|(change, done)| match change {
            TableChange::Column(Edit::Add(column) | Edit::Drop(column)) if *done == AT_ONCE => {
                Some(column.name.as_str())
            }
            _ => None,
        });
        let others: Vec<&str> = changes()
            .filter(|(_, done)| done.0 == ONLINE)
            .filter_map(|(change, _)| match change {
                TableChange::Index(edit) => {
                    edit.to().or(edit.from()).map(|index| index.name.as_str())
                }
                TableChange::ForeignKey(Edit::Drop(key)) => key.name.as_deref(),
                TableChange::PrimaryKey(_) => Some("PRIMARY"),
                TableChange::Comment { .. } => Some("COMMENT"),
                TableChange::Attr { .. } => Some("CHARSET"),
                TableChange::Column(Edit::Modify { to, .. }) => Some(to.name.as_str()),
                _ => None,
            })
            .collect();
        let together = |column: &str| {
            self.statements.iter().any(|one| {
                let says = |word: &str| has_word(&one.text, word);
                says(column) && others.iter().any(|other| says(other)) && is_alter(&one.text)
            })
        };
        columns.into_iter().any(together)
    }

    fn noted(&self) -> Done {
        match self.server.adds_at_once() && !self.compressed() {
            true => AT_ONCE,
            false => REBUILT,
        }
    }

    fn compressed(&self) -> bool {
        let format = self
            .modify
            .from
            .attrs
            .get(&format!("{}ROW_FORMAT", attrs::OPTION));
        !self.server.maria()
            && format.is_some_and(|format| format.eq_ignore_ascii_case("compressed"))
    }

    fn added(&self, column: &Column) -> Done {
        let computed = column.generated.as_ref();
        let bare = !column.nullable && column.default.is_none() && computed.is_none();
        let moment = matches!(column.ty.base.as_str(), "date" | "datetime");
        // Rows that an UPDATE fills are not filled by the statement that adds the column.
        let filled = self.statements.iter().any(|one| {
            tokens(&one.text, &Rules::MYSQL)
                .next()
                .is_some_and(|first| first.is("update"))
                && has_word(&one.text, &column.name)
        });
        match () {
            () if computed.is_some_and(|rule| rule.stored) => COPIED,
            () if column.auto_increment => (SHARED, Some(Work::Rewrite)),
            () if column.default.as_deref().is_some_and(calls) => match filled {
                true => REBUILT,
                false => COPIED,
            },
            // Rows would get a date that is none.
            () if bare && moment && !self.server.maria() => REBUILT,
            () => self.noted(),
        }
    }

    fn index(&self, edit: &Edit<Index>) -> Done {
        let maria = self.server.maria();
        let Some(to) = edit.to() else {
            return described(maria);
        };
        let built = |index: &Index| {
            let mut index = Index {
                name: String::new(),
                comment: None,
                ..index.clone()
            };
            index.attrs.set(attrs::INVISIBLE, None::<String>);
            index
        };
        if let Some(from) = edit.from()
            && built(from) == built(to)
            && (maria || from.comment == to.comment)
        {
            return AT_ONCE;
        }
        let computed = |index: &Index| {
            let mut parts = index.parts.iter();
            parts.any(|part| matches!(part.on, PartExpr::Expr(_)))
        };
        let before = full_texts(&self.modify.from);
        match to.method.as_deref() {
            Some("FULLTEXT") if maria && self.new_full_texts() > 1 => COPIED,
            // The first one needs a column of its own.
            Some("FULLTEXT") if before == 0 => (SHARED, Some(Work::Rewrite)),
            Some("FULLTEXT" | "SPATIAL") => (SHARED, Some(Work::Index)),
            _ if maria && to.unique && self.is_hashed(to) => COPIED,
            _ if computed(to) && edit.from().is_some_and(computed) => COPIED,
            _ if computed(to) => (SHARED, Some(Work::Index)),
            _ => (ONLINE, Some(Work::Index)),
        }
    }

    fn new_full_texts(&self) -> usize {
        let new = self.modify.changes.iter().filter(|change| match change {
            TableChange::Index(edit) => edit.to().is_some_and(is_full_text),
            _ => false,
        });
        new.count()
    }

    /// A unique index on whole texts, which MariaDB makes of their hashes.
    fn is_hashed(&self, index: &Index) -> bool {
        index.parts.iter().any(|part| {
            let PartExpr::Column(name) = &part.on else {
                return false;
            };
            let mut columns = self.modify.to.columns.iter();
            let column = columns.find(|column| column.name == *name);
            let long = |base: &str| base.ends_with("text") || base.ends_with("blob");
            part.attrs.get(attrs::PREFIX).is_none()
                && column.is_some_and(|column| long(&column.ty.base))
        })
    }
}

fn is_full_text(index: &Index) -> bool {
    index.method.as_deref() == Some("FULLTEXT")
}

fn full_texts(table: &Table) -> usize {
    table
        .indexes
        .iter()
        .filter(|index| is_full_text(index))
        .count()
}

/// A word in the table's definition.
fn described(maria: bool) -> Done {
    match maria {
        true => AT_ONCE,
        false => CHANGED,
    }
}

fn is_alter(sql: &str) -> bool {
    tokens(sql, &Rules::MYSQL)
        .next()
        .is_some_and(|first| first.is("alter"))
}

/// An expression that may give each row another value: one that calls a function.
fn calls(expr: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(expr, &Rules::MYSQL).collect();
    let steady = ["current_timestamp", "now", "localtime", "localtimestamp"];
    tokens.windows(2).any(|pair| {
        let name = pair[0].name();
        pair[1].symbol("(") && name.is_some_and(|name| !steady.contains(&&*name.to_lowercase()))
    })
}

fn modified(from: &Column, to: &Column, maria: bool, indexed: bool) -> Done {
    let computed = |column: &Column| column.generated.as_ref().is_some_and(|rule| !rule.stored);
    let changed = |key: &str| from.attrs.get(key) != to.attrs.get(key);
    if from.generated != to.generated || changed(attrs::SRID) || changed(attrs::COMPRESSED) {
        return COPIED;
    }
    let counted = |column: &Column| matches!(column.ty.base.as_str(), "enum" | "set");
    let appends =
        || counted(from) && counted(to) && to.ty.arguments.starts_with(&from.ty.arguments);
    // The width at which a number is shown.
    let shown = || from.ty.base.ends_with("int") && from.ty.same_but_for_arguments(&to.ty);
    let same_text = from.collation == to.collation;
    let typed = match () {
        () if from.ty == to.ty && same_text => AT_ONCE,
        () if computed(from) => COPIED,
        () if from.ty == to.ty && charset(from) == charset(to) => match (indexed, maria) {
            (false, _) => CHANGED,
            (true, true) => (ONLINE, Some(Work::Index)),
            (true, false) => COPIED,
        },
        () if appends() && (same_text || !maria) => AT_ONCE,
        () if shown() => AT_ONCE,
        () if same_text && (longer(from, to) || maria && lengthened(from, to)) => CHANGED,
        () => COPIED,
    };
    let numbered = match (from.auto_increment, to.auto_increment) {
        (true, false) if maria => AT_ONCE,
        (one, other) if one == other => AT_ONCE,
        _ => COPIED,
    };
    let nulls = match from.nullable == to.nullable {
        true => AT_ONCE,
        false => REBUILT,
    };
    typed.max(numbered).max(nulls)
}

/// Both are variable strings, and the second is not shorter.
fn lengthened(from: &Column, to: &Column) -> bool {
    let length = |column: &Column| column.ty.arguments.first()?.parse::<u32>().ok();
    let strings = from.ty.base == "varchar" && to.ty.base == "varchar";
    strings
        && length(from)
            .zip(length(to))
            .is_some_and(|(from, to)| from <= to)
}

/// The first word of the collation.
fn charset(column: &Column) -> Option<&str> {
    column.collation.as_deref()?.split('_').next()
}

fn is_indexed(column: &str, table: &Table) -> bool {
    let keys = table.primary_key.iter().map(|key| &key.parts);
    let mut keys = keys.chain(table.indexes.iter().map(|index| &index.parts));
    keys.any(|parts| {
        let mut parts = parts.iter();
        parts.any(|part| matches!(&part.on, PartExpr::Column(name) if name == column))
    })
}
