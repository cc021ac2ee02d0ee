//! `CREATE INDEX`.

use super::{ParseError, Parser, PartDef, lex};

/// What a `CREATE INDEX` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct IndexDef {
    /// Name, unquoted.
    pub(in crate::dialect::sqlite) name: String,
    /// Table, unquoted.
    pub(in crate::dialect::sqlite) table: String,
    /// `UNIQUE`.
    pub(in crate::dialect::sqlite) unique: bool,
    /// Key parts in order.
    pub(in crate::dialect::sqlite) parts: Vec<PartDef>,
    /// `WHERE`, canonical.
    pub(in crate::dialect::sqlite) predicate: Option<String>,
}

/// Reads a `CREATE INDEX`.
pub(in crate::dialect::sqlite) fn create_index(text: &str) -> Result<IndexDef, ParseError> {
    let mut parser = Parser::new(text);
    parser.expect("CREATE")?;
    let unique = parser.take("UNIQUE");
    parser.expect("INDEX")?;
    parser.if_not_exists()?;
    let name = parser.qualified_name()?;
    parser.expect("ON")?;
    let table = parser.name()?;
    let parts = parser.parts()?;
    let predicate = if parser.take("WHERE") {
        let rest = &parser.tokens[parser.at..];
        let rest = match rest {
            [before @ .., last] if last.symbol(";") => before,
            all => all,
        };
        Some(lex::join(lex::bare(rest)))
    } else {
        None
    };
    Ok(IndexDef {
        name,
        table,
        unique,
        parts,
        predicate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_every_kind() {
        let index = create_index(
            "create unique index if not exists main.[i x] on \"t\" (a, \"b\" collate nocase desc, \
             lower(c) DESC, (a + b), d ASC) where ( a > 0 );",
        )
        .unwrap();
        assert_eq!((index.name.as_str(), index.table.as_str()), ("i x", "t"));
        assert!(index.unique);
        let parts: Vec<_> = index
            .parts
            .iter()
            .map(|part| {
                (
                    part.name.as_deref(),
                    part.expr.as_str(),
                    part.collation.as_deref(),
                    part.descending,
                )
            })
            .collect();
        assert_eq!(
            parts,
            [
                (Some("a"), "a", None, false),
                (Some("b"), "\"b\"", Some("NOCASE"), true),
                (None, "lower(c)", None, true),
                (None, "a + b", None, false),
                (Some("d"), "d", None, false),
            ]
        );
        assert_eq!(index.predicate.as_deref(), Some("a > 0"));
    }
}
