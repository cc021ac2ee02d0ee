//! Which changes recreate a table. A writer shuts out all others of the whole database until it is done.

use super::ddl;
use crate::dialect::impact::{Blocks, Impact, Lock, Surroundings, Work};
use crate::schema::ObjectName;
use crate::schema::change::{Change, Edit, TableChange};
use crate::sql::deed::{Deed, deeds};
use crate::sql::token::tokens;
use crate::sql::{Rules, Statement};

const RESERVED: Lock = Lock {
    rank: 0,
    blocks: Blocks::Writes,
    name: "RESERVED",
};

pub(super) fn impact(change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
    let Change::ModifyTable(modify) = change else {
        return Vec::new();
    };
    let own = ObjectName::new(&modify.schema, &modify.to.name);
    if !ddl::alters(modify) || is_replaced(&modify.to.name, around.statements) {
        return vec![Impact::on(&own, RESERVED, Work::Rewrite)];
    }
    let work = |change: &TableChange| match change {
        TableChange::Index(edit) => edit.to().map(|_| Work::Index),
        // Its values are taken out of every row, unless they are only computed.
        TableChange::Column(Edit::Drop(column)) => {
            let computed = column.generated.as_ref();
            computed
                .is_none_or(|rule| rule.stored)
                .then_some(Work::Rewrite)
        }
        TableChange::Check(_) => Some(Work::Check),
        _ => None,
    };
    let changes = modify.changes.iter();
    changes
        .map(|change| Impact::on(&own, RESERVED, work(change)))
        .collect()
}

/// Whether statements make a table and give it this name, as where somebody recreated it by hand.
fn is_replaced(name: &str, statements: &[Statement]) -> bool {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let makes = |table: &str| {
        statements.iter().any(|one| {
            let mut tokens = tokens(&one.text, &Rules::SQLITE);
            tokens.next().is_some_and(|first| first.is("create"))
                && tokens.any(|token| token.name().is_some_and(|name| same(&name, table)))
        })
    };
    let mut deeds = statements
        .iter()
        .flat_map(|one| deeds(&one.text, &Rules::SQLITE));
    deeds.any(|deed| match deed {
        Deed::RenameTable { from, to } => same(&to.name, name) && makes(&from.name),
        _ => false,
    })
}
