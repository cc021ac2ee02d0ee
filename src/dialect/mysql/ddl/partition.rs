//! Writes changes of a table's partitions: one by one where the server can, all of them otherwise.

use std::collections::BTreeSet;

use super::writer::{Writer, named};
use crate::dialect::mysql::attrs;
use crate::plan::Step;
use crate::schema::change::{ModifyTable, TableChange};
use crate::schema::{KeyPart, PartExpr};
use crate::sql::Rules;
use crate::sql::token::{Token, closing, items, tokens};

/// Writes the change, if there is one: what comes before the table's other changes, and what comes after them. Partitions are
/// a statement of their own, which no other clause can be part of.
pub(super) fn render(writer: &Writer<'_>, change: &ModifyTable) -> [Option<Step>; 2] {
    let found = change.changes.iter().find_map(|one| match one {
        TableChange::Attr { key, from, to } if key == attrs::PARTITION => {
            Some((from.as_deref(), to.as_deref()))
        }
        _ => None,
    });
    match found {
        None => [None, None],
        Some((from, None)) => [Some(step(writer, change, from, None)), None],
        Some((Some(from), to)) if goes_first(change, from) => [
            Some(step(writer, change, Some(from), None)),
            Some(step(writer, change, None, to)),
        ],
        Some((from, to)) => [None, Some(step(writer, change, from, to))],
    }
}

/// Whether a column that the partitions are made by goes, or a key comes that lacks one: each has to have all of them. Source:
/// "Partitioning Keys, Primary Keys, and Unique Keys" in MySQL's manual.
fn goes_first(change: &ModifyTable, from: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(from, &Rules::MYSQL).collect();
    let columns = change.from.columns.iter().map(|column| &column.name);
    let mut columns = columns.filter(|name| {
        let is = |token: &Token<'_>| {
            token
                .name()
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        tokens.iter().any(is)
    });
    let to = &change.to;
    let keys = to.primary_key.iter().map(|key| &key.parts);
    let unique = to.indexes.iter().filter(|index| index.unique);
    let keys: Vec<&Vec<KeyPart>> = keys.chain(unique.map(|index| &index.parts)).collect();
    columns.any(|name| {
        let has = |parts: &Vec<KeyPart>| {
            parts
                .iter()
                .any(|part| matches!(&part.on, PartExpr::Column(own) if own == name))
        };
        to.column(name).is_none() || !keys.iter().all(|parts| has(parts))
    })
}

fn step(writer: &Writer<'_>, change: &ModifyTable, from: Option<&str>, to: Option<&str>) -> Step {
    let name = writer.name(&change.schema, &change.to.name);
    let (forward, effect) = clause(from, to);
    let table = named(&change.to.name);
    let mut step = Step::new(
        format!("ALTER TABLE {name} {forward}"),
        format!("modify {table} table"),
    );
    let mut said = match &effect {
        Effect::Some => Vec::new(),
        Effect::Rebuilds => vec![format!(
            "all of {table} table is copied to change its partitions, and nothing can be written to it meanwhile"
        )],
        Effect::Drops(names) => vec![format!(
            "partition {names} of {table} table is dropped with its rows"
        )],
    };
    if !matches!(effect, Effect::Drops(_)) && takes_less(from, to) {
        said.push(format!(
            "fails if {table} table has rows that no partition takes"
        ));
    }
    step.warning = (!said.is_empty()).then(|| said.join("; "));
    step
}

/// What a clause does to rows.
#[derive(Debug, PartialEq, Eq)]
enum Effect {
    /// Nothing, or it moves those of some partitions.
    Some,
    /// All are copied.
    Rebuilds,
    /// Those of these partitions go.
    Drops(String),
}

fn clause(from: Option<&str>, to: Option<&str>) -> (String, Effect) {
    let Some(to) = to else {
        return ("REMOVE PARTITIONING".to_owned(), Effect::Rebuilds);
    };
    let some = from.and_then(|from| {
        let (from, to) = (Partitions::parse(from)?, Partitions::parse(to)?);
        (from.head == to.head)
            .then(|| one_by_one(&from, &to))
            .flatten()
    });
    some.unwrap_or_else(|| (format!("PARTITION BY {to}"), Effect::Rebuilds))
}

/// Rows may be left that no partition takes.
fn takes_less(from: Option<&str>, to: Option<&str>) -> bool {
    let Some(to) = to.and_then(Partitions::parse) else {
        return false;
    };
    if to.items.iter().any(Partition::without_end) {
        return false;
    }
    let Some(from) = from
        .and_then(Partitions::parse)
        .filter(|from| from.head == to.head)
    else {
        return true;
    };
    if !to.ranges {
        let values = |all: &Partitions<'_>| -> BTreeSet<String> {
            let tokens = all
                .items
                .iter()
                .flat_map(|item| tokens(item.values, &Rules::MYSQL));
            tokens.map(|token| token.text.to_owned()).collect()
        };
        return !values(&from).is_subset(&values(&to));
    }
    let end = |all: &Partitions<'_>| -> Option<i64> {
        let inner = all.items.last()?.values.split_once('(')?.1;
        inner.strip_suffix(')')?.parse().ok()
    };
    let grows = end(&from)
        .zip(end(&to))
        .is_some_and(|(from, to)| from <= to);
    let same = |old: &Partition<'_>| to.items.iter().any(|new| new.values == old.values);
    !grows && !from.items.last().is_some_and(same)
}

/// Ranges or lists of values, taken apart.
struct Partitions<'a> {
    head: &'a str,
    ranges: bool,
    items: Vec<Partition<'a>>,
}

/// One of them.
#[derive(PartialEq, Eq)]
struct Partition<'a> {
    name: &'a str,
    /// All of it, name included.
    text: &'a str,
    /// The text between `VALUES` and the options.
    values: &'a str,
}

impl<'a> Partitions<'a> {
    /// `None` for what is not a list of ranges or values, and where one partition takes what no other does.
    fn parse(text: &'a str) -> Option<Self> {
        let tokens: Vec<Token<'a>> = tokens(text, &Rules::MYSQL).collect();
        let ranges = tokens.first()?.is("RANGE");
        if !ranges && !tokens.first()?.is("LIST") || tokens.iter().any(|one| one.is("DEFAULT")) {
            return None;
        }
        let open = tokens
            .windows(2)
            .position(|pair| pair[0].symbol("(") && pair[1].is("PARTITION"))?;
        let list = &tokens[open..];
        let inside = list.get(1..closing(list))?;
        let items = items(inside).map(|item| Partition::parse(text, item));
        Some(Self {
            head: text[..tokens[open].start].trim_end(),
            ranges,
            items: items.collect::<Option<_>>()?,
        })
    }
}

impl<'a> Partition<'a> {
    fn parse(text: &'a str, tokens: &[Token<'a>]) -> Option<Self> {
        let (first, end) = (tokens.first()?.start, tokens.last()?.end());
        let values = tokens.iter().position(|token| token.is("VALUES"))?;
        let options = tokens
            .iter()
            .skip(values)
            .find(|token| token.is_any(&["ENGINE", "COMMENT", "DATA", "INDEX", "MAX_ROWS"]));
        let values_end = options.map_or(end, |token| token.start);
        Some(Self {
            name: tokens.get(1)?.text,
            text: &text[first..end],
            values: text[tokens[values].start..values_end].trim_end(),
        })
    }

    fn without_end(&self) -> bool {
        self.values.contains("MAXVALUE")
    }
}

/// The clause that changes only the partitions that differ; `None` if there is none.
fn one_by_one(from: &Partitions<'_>, to: &Partitions<'_>) -> Option<(String, Effect)> {
    let same = |(a, b): &(&Partition<'_>, &Partition<'_>)| a == b;
    let (old, new) = (&from.items[..], &to.items[..]);
    let prefix = old.iter().zip(new).take_while(same).count();
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let suffix = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let (old, behind) = old.split_at(old.len() - suffix);
    let new = &new[..new.len() - suffix];
    let names = |items: &[&Partition<'_>]| {
        let names: Vec<&str> = items.iter().map(|item| item.name).collect();
        names.join(", ")
    };
    let texts = |items: &[&Partition<'_>]| {
        let texts: Vec<&str> = items.iter().map(|item| item.text).collect();
        texts.join(", ")
    };
    let mut old: Vec<&Partition<'_>> = old.iter().collect();
    let mut new: Vec<&Partition<'_>> = new.iter().collect();
    match (old.is_empty(), new.is_empty(), behind.first()) {
        (true, false, None) => {
            return Some((format!("ADD PARTITION ({})", texts(&new)), Effect::Some));
        }
        // The values of a list belong nowhere else.
        (false, true, next) if next.is_none() || !from.ranges => {
            let names = names(&old);
            return Some((format!("DROP PARTITION {names}"), Effect::Drops(names)));
        }
        // Where a range begins or ends, its neighbour does the same.
        (true, false, Some(next)) | (false, true, Some(next)) => {
            old.push(next);
            new.push(next);
        }
        _ => {}
    }
    let (last, wanted) = (old.last()?, new.last()?);
    let fits =
        !from.ranges || last.values == wanted.values || (behind.is_empty() && wanted.without_end());
    fits.then(|| {
        let clause = format!(
            "REORGANIZE PARTITION {} INTO ({})",
            names(&old),
            texts(&new)
        );
        (clause, Effect::Some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(items: &[&str]) -> String {
        let items: Vec<String> = items
            .iter()
            .map(|item| format!("PARTITION p{item} VALUES LESS THAN ({item}) ENGINE = InnoDB"))
            .collect();
        format!("RANGE (`k`) ({})", items.join(", ")).replace("(MAX)", "MAXVALUE")
    }

    fn list(items: &[&str]) -> String {
        let items: Vec<String> = items
            .iter()
            .map(|item| format!("PARTITION p{} VALUES IN ({item})", &item[..1]))
            .collect();
        format!("LIST (`k`) ({})", items.join(", "))
    }

    #[test]
    fn rows_that_no_partition_takes_are_told() {
        let less = |from: &str, to: &str| takes_less(Some(from), Some(to));
        let ranges = |from: &[&str], to: &[&str]| less(&range(from), &range(to));
        assert!(ranges(&["1", "MAX"], &["1", "5"]) && ranges(&["9"], &["5"]));
        assert!(!ranges(&["9"], &["5", "9"]) && !ranges(&["9"], &["9", "10"]));
        assert!(!ranges(&["9"], &["8", "10"]) && !ranges(&["9"], &["5", "MAX"]));
        let lists = |from: &[&str], to: &[&str]| less(&list(from), &list(to));
        assert!(lists(&["1", "2,3"], &["1", "2"]) && !lists(&["1", "2"], &["1,2", "3"]));
        assert!(
            takes_less(None, Some(&range(&["1"]))) && !takes_less(None, Some(&range(&["MAX"])))
        );
        assert!(
            !less(&range(&["1"]), "HASH (`k`) PARTITIONS 4")
                && !takes_less(Some(&list(&["1"])), None)
        );
    }

    #[test]
    fn only_partitions_that_differ_are_changed() {
        let plan = |from: &str, to: &str| {
            let (clause, effect) = clause(Some(from), Some(to));
            let clause = clause.replace(" ENGINE = InnoDB", "");
            match effect {
                Effect::Drops(names) => format!("{clause}; drops {names}"),
                Effect::Rebuilds => "all".to_owned(),
                Effect::Some => clause,
            }
        };
        let ranges = |from: &[&str], to: &[&str]| plan(&range(from), &range(to));
        let lists = |from: &[&str], to: &[&str]| plan(&list(from), &list(to));
        assert_eq!(
            ranges(&["1"], &["1", "2"]),
            "ADD PARTITION (PARTITION p2 VALUES LESS THAN (2))"
        );
        assert_eq!(ranges(&["1", "2"], &["1"]), "DROP PARTITION p2; drops p2");
        assert_eq!(
            ranges(&["1", "MAX"], &["1", "2", "MAX"]),
            "REORGANIZE PARTITION pMAX INTO (PARTITION p2 VALUES LESS THAN (2), PARTITION pMAX VALUES LESS THAN MAXVALUE)"
        );
        assert_eq!(
            ranges(&["1", "2"], &["2"]),
            "REORGANIZE PARTITION p1, p2 INTO (PARTITION p2 VALUES LESS THAN (2))"
        );
        assert_eq!(
            ranges(&["1", "5"], &["1", "MAX"]),
            "REORGANIZE PARTITION p5 INTO (PARTITION pMAX VALUES LESS THAN MAXVALUE)"
        );
        assert_eq!(ranges(&["1", "MAX"], &["1", "5"]), "all");
        assert_eq!(ranges(&["2", "9"], &["3", "9"]), "all");
        assert_eq!(
            lists(&["1", "2"], &["1", "2,3"]),
            "REORGANIZE PARTITION p2 INTO (PARTITION p2 VALUES IN (2,3))"
        );
        assert_eq!(lists(&["1", "2"], &["2"]), "DROP PARTITION p1; drops p1");
        assert_eq!(plan(&range(&["1"]), &list(&["1"])), "all");
        assert_eq!(
            plan("HASH (`k`) PARTITIONS 4", "HASH (`k`) PARTITIONS 5"),
            "all"
        );
        assert_eq!(clause(Some("HASH (`k`)"), None).0, "REMOVE PARTITIONING");
    }
}
