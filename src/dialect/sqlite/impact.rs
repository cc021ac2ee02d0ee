//! Which changes make a table anew. A writer shuts out all others of the whole database until it is done.

use super::ddl;
use crate::dialect::impact::{Blocks, Impact, Lock, Surroundings, Work};
use crate::schema::ObjectName;
use crate::schema::change::{Change, Edit, TableChange};
use crate::sql::token::{Token, tokens};
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
    let takes_its_place = |one: &Statement| renames_to(&one.text, &modify.to.name);
    if !ddl::alters(modify) || around.statements.iter().any(takes_its_place) {
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

/// Whether a statement gives a table this name, as where somebody made it anew by hand.
fn renames_to(sql: &str, name: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(sql, &Rules::SQLITE).collect();
    let is_table = tokens.first().is_some_and(|token| token.is("alter"))
        && tokens.get(1).is_some_and(|token| token.is("table"));
    is_table
        && tokens.windows(3).any(|words| {
            words[0].is("rename")
                && words[1].is("to")
                && words[2]
                    .name()
                    .is_some_and(|other| other.eq_ignore_ascii_case(name))
        })
}
