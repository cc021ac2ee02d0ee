//! What changes can do to a database that is in use, as far as the changes themselves tell: one file for each analyzer.
//! They look at no rows: what can't hurt has no risk, the rest has one although a table may be empty.

mod data_dependent;
mod destructive;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dialect::Profile;
use crate::schema::Table;
use crate::schema::change::{Change, TableChange};

/// Every analyzer.
static ALL: &[Analyzer] = &[data_dependent::ANALYZER, destructive::ANALYZER];

/// Looks for one risk.
struct Analyzer {
    risk: Risk,
    /// Whether a change has it, for all but `ModifyTable`.
    object: fn(&Change) -> bool,
    /// Whether one change of a table has it.
    part: fn(&TableChange, &Pass<'_>) -> bool,
}

/// What an analyzer sees of a change of a table.
struct Pass<'a> {
    /// What the table becomes.
    table: &'a Table,
    profile: &'static Profile,
}

/// What may happen to existing rows, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// The migration fails on a database whose rows don't fit.
    MayFail,
    /// Values that are stored now are gone afterwards.
    LosesData,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MayFail => "may fail on existing rows",
            Self::LosesData => "loses data",
        })
    }
}

/// The risks of one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risks {
    pub worst: Option<Risk>,
    /// That of each part of a table that changes; empty for other changes.
    pub parts: Vec<Option<Risk>>,
}

/// Looks for risks of a change on servers of a dialect.
pub fn judge(change: &Change, profile: &'static Profile) -> Risks {
    let worst = |has: &dyn Fn(&Analyzer) -> bool| {
        let found = ALL.iter().filter(|analyzer| has(analyzer));
        found.map(|analyzer| analyzer.risk).max()
    };
    let Change::ModifyTable(modify) = change else {
        return Risks {
            worst: worst(&|analyzer| (analyzer.object)(change)),
            parts: Vec::new(),
        };
    };
    let pass = Pass {
        table: &modify.to,
        profile,
    };
    let parts = modify.changes.iter();
    let parts: Vec<Option<Risk>> = parts
        .map(|part| worst(&|analyzer| (analyzer.part)(part, &pass)))
        .collect();
    Risks {
        worst: parts.iter().flatten().max().copied(),
        parts,
    }
}

#[cfg(test)]
mod tests;
