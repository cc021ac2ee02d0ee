//! Sequences: free ones, and those behind serial and identity columns.

use super::catalogue::Catalogue;
use crate::dialect::postgres::names::object_name;
use crate::dialect::postgres::sequence::defaults;
use crate::engine::EngineError;
use crate::schema::SequenceOptions;

/// A sequence as the catalogue has it.
#[derive(Debug)]
pub(super) struct RawSequence {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    /// `schema.name` as the server quotes it.
    pub(super) quoted: String,
    pub(super) ty: String,
    pub(super) options: SequenceOptions,
    /// Relation and column number that it belongs to.
    pub(super) owner: Option<(u32, i16)>,
    /// It belongs to an identity column.
    pub(super) identity: bool,
    pub(super) unlogged: bool,
}

const SEQUENCES: &str = "\
SELECT s.seqrelid AS oid, n.nspname::text AS schema, c.relname::text AS name,
  pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS quoted,
  pg_catalog.format_type(s.seqtypid, NULL) AS type, s.seqstart AS start, s.seqincrement AS increment,
  s.seqmin AS min, s.seqmax AS max, s.seqcache AS cache, s.seqcycle AS cycle,
  d.refobjid AS owner, d.refobjsubid::int2 AS owner_column, coalesce(d.deptype = 'i', false) AS identity,
  c.relpersistence = 'u' AS unlogged
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE c.relnamespace = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname, c.relname";

/// Reads all sequences, sorted by schema and name.
pub(super) async fn sequences(
    catalogue: &mut Catalogue<'_>,
) -> Result<Vec<RawSequence>, EngineError> {
    let mut sequences = Vec::new();
    for row in catalogue.rows("sequences", SEQUENCES.to_owned()).await? {
        let owner: Option<sqlx::postgres::types::Oid> = row.get("owner")?;
        let column: Option<i16> = row.get("owner_column")?;
        sequences.push(RawSequence {
            oid: row.oid("oid")?,
            schema: row.get("schema")?,
            name: row.get("name")?,
            quoted: row.get("quoted")?,
            ty: row.get("type")?,
            options: SequenceOptions {
                start: row.get("start")?,
                increment: row.get("increment")?,
                min: row.get("min")?,
                max: row.get("max")?,
                cache: row.get("cache")?,
                cycle: row.get("cycle")?,
            },
            owner: owner.zip(column).map(|(oid, column)| (oid.0, column)),
            identity: row.get("identity")?,
            unlogged: row.get("unlogged")?,
        });
    }
    Ok(sequences)
}

/// A sequence's type and numbers in the words of `CREATE SEQUENCE`, without those that a serial column of the type `ty`
/// gives it.
///
/// `None` when that is all.
pub(in crate::dialect::postgres) fn serial_options(
    own: &str,
    has: &SequenceOptions,
    ty: &str,
) -> Option<String> {
    let plain = defaults(own, has.increment);
    let start = if has.increment > 0 { has.min } else { has.max };
    let mut words = Vec::new();
    if own != ty {
        words.push(format!("AS {own}"));
    }
    for (word, value, default) in [
        ("INCREMENT BY", has.increment, 1),
        ("MINVALUE", has.min, plain.min),
        ("MAXVALUE", has.max, plain.max),
        ("START WITH", has.start, start),
        ("CACHE", has.cache, plain.cache),
    ] {
        if value != default {
            words.push(format!("{word} {value}"));
        }
    }
    if has.cycle {
        words.push("CYCLE".to_owned());
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// The name that the server invents for a serial column's sequence while it is free.
pub(in crate::dialect::postgres) fn serial_name(table: &str, column: &str) -> String {
    object_name(table, Some(column), "seq")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serial_makes_has_no_options() {
        for ty in ["smallint", "integer", "bigint"] {
            assert_eq!(serial_options(ty, &defaults(ty, 1), ty), None);
        }
    }

    #[test]
    fn other_numbers_are_named() {
        let narrow = defaults("integer", 1);
        assert_eq!(
            serial_options("integer", &narrow, "bigint").as_deref(),
            Some("AS integer")
        );
        let odd = SequenceOptions {
            start: 10,
            increment: 5,
            cycle: true,
            ..defaults("bigint", 1)
        };
        assert_eq!(
            serial_options("bigint", &odd, "bigint").as_deref(),
            Some("INCREMENT BY 5 START WITH 10 CYCLE")
        );
        let down = defaults("integer", -1);
        assert_eq!(
            serial_options("integer", &down, "integer").as_deref(),
            Some("INCREMENT BY -1")
        );
    }

    #[test]
    fn long_names_are_cut_as_the_server_does() {
        assert_eq!(serial_name("users", "id"), "users_id_seq");
        let table = "t".repeat(63);
        assert_eq!(
            serial_name(&table, "id"),
            format!("{}_id_seq", "t".repeat(56))
        );
        let long = "c".repeat(63);
        assert_eq!(
            serial_name(&table, &long),
            format!("{}_{}_seq", "t".repeat(29), "c".repeat(29))
        );
        assert_eq!(
            serial_name(&"é".repeat(31), "id"),
            format!("{}_id_seq", "é".repeat(28))
        );
    }
}
