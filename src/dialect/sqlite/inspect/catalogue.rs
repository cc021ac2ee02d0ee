//! The catalogue as rows: `sqlite_master` and the pragmas as table-valued functions.
//!
//! Columns as <https://www.sqlite.org/pragma.html> and <https://www.sqlite.org/schematab.html> have them.

use std::collections::BTreeMap;

use sqlx::{Row as _, SqliteConnection};

use crate::dialect::sqlite::parse::{self, IndexDef, ParseError, PartDef, TableDef};
use crate::engine::EngineError;

/// All that is read from one database.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    /// `sqlite_master` in the order of creation, without SQLite's own objects.
    pub(super) objects: Vec<Object>,
    /// What a name of a table is: `table`, `virtual`, `shadow`, `view`.
    pub(super) kinds: BTreeMap<String, String>,
    /// Columns by table.
    pub(super) columns: BTreeMap<String, Vec<ColumnRow>>,
    /// Foreign key parts by table.
    pub(super) foreign_keys: BTreeMap<String, Vec<ForeignKeyRow>>,
    /// Key parts by index name.
    pub(super) index_parts: BTreeMap<String, Vec<IndexPartRow>>,
}

/// A row of `sqlite_master`.
#[derive(Clone, Debug)]
pub(in crate::dialect::sqlite) struct Object {
    pub(in crate::dialect::sqlite) kind: String,
    pub(in crate::dialect::sqlite) name: String,
    pub(in crate::dialect::sqlite) table: String,
    /// `None` for the indexes that constraints make.
    pub(in crate::dialect::sqlite) sql: Option<String>,
}

/// A row of `table_xinfo`.
#[derive(Debug)]
pub(super) struct ColumnRow {
    pub(super) name: String,
    pub(super) not_null: bool,
    /// Place in the primary key from 1, 0 when it is not in it.
    pub(super) key: i64,
    /// Where its text was read.
    pub(super) collation: Option<String>,
}

/// A row of `foreign_key_list`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ForeignKeyRow {
    pub(super) id: i64,
    pub(super) seq: i64,
    pub(super) table: String,
    pub(super) from: String,
}

/// A row of `index_xinfo` that is part of the key.
#[derive(Debug)]
pub(super) struct IndexPartRow {
    /// `None` for an expression.
    pub(super) column: Option<String>,
    pub(super) descending: bool,
    pub(super) collation: String,
}

const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master \
     WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";

const KINDS: &str = "SELECT name, type FROM pragma_table_list WHERE schema = 'main'";

const COLUMNS: &str = "SELECT m.name AS tbl, x.name, x.\"notnull\", x.pk \
     FROM sqlite_master AS m, pragma_table_xinfo(m.name, 'main') AS x \
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND m.sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY m.rowid, x.cid";

const FOREIGN_KEYS: &str = "SELECT m.name AS tbl, f.id, f.seq, f.\"table\", f.\"from\" \
     FROM sqlite_master AS m, pragma_foreign_key_list(m.name, 'main') AS f \
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND m.sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY m.rowid, f.id, f.seq";

const INDEX_PARTS: &str = "SELECT m.name AS idx, x.name, x.\"desc\", x.coll \
     FROM sqlite_master AS m, pragma_index_xinfo(m.name, 'main') AS x \
     WHERE m.type = 'index' AND m.sql IS NOT NULL AND x.key = 1 ORDER BY m.rowid, x.seqno";

/// Reads everything.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Catalogue, sqlx::Error> {
    let mut catalogue = Catalogue::default();
    for row in sqlx::query(OBJECTS).fetch_all(&mut *connection).await? {
        catalogue.objects.push(Object {
            kind: row.try_get(0)?,
            name: row.try_get(1)?,
            table: row.try_get(2)?,
            sql: row.try_get(3)?,
        });
    }
    for row in sqlx::query(KINDS).fetch_all(&mut *connection).await? {
        catalogue.kinds.insert(row.try_get(0)?, row.try_get(1)?);
    }
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        let columns = catalogue.columns.entry(row.try_get(0)?).or_default();
        columns.push(ColumnRow {
            name: row.try_get(1)?,
            not_null: row.try_get::<i64, _>(2)? != 0,
            key: row.try_get(3)?,
            collation: None,
        });
    }
    for row in sqlx::query(FOREIGN_KEYS)
        .fetch_all(&mut *connection)
        .await?
    {
        let keys = catalogue.foreign_keys.entry(row.try_get(0)?).or_default();
        keys.push(ForeignKeyRow {
            id: row.try_get(1)?,
            seq: row.try_get(2)?,
            table: row.try_get(3)?,
            from: row.try_get(4)?,
        });
    }
    for row in sqlx::query(INDEX_PARTS).fetch_all(&mut *connection).await? {
        let parts = catalogue.index_parts.entry(row.try_get(0)?).or_default();
        parts.push(IndexPartRow {
            column: row.try_get(1)?,
            descending: row.try_get::<i64, _>(2)? != 0,
            collation: row.try_get(3)?,
        });
    }
    Ok(catalogue)
}

impl Catalogue {
    /// What SQLite says of objects with these texts. A virtual table is of a kind of its own here.
    pub(super) fn of_texts(objects: impl Iterator<Item = Object>) -> Result<Self, EngineError> {
        let mut catalogue = Self::default();
        let mut indexes = Vec::new();
        for mut object in objects {
            let text = object.sql.clone().unwrap_or_default();
            let failed = |error: ParseError| {
                EngineError::plain(format!(
                    "can't read {} {}: {error}",
                    object.kind, object.name
                ))
            };
            match object.kind.as_str() {
                "table" => {
                    let def = parse::create_table(&text).map_err(failed)?;
                    catalogue.add_table(&object.name, &def);
                }
                "virtual table" => {
                    "table".clone_into(&mut object.kind);
                    let kind = "virtual".to_owned();
                    catalogue.kinds.insert(object.name.clone(), kind);
                }
                "index" => {
                    let def = parse::create_index(&text).map_err(failed)?;
                    indexes.push((object.name.clone(), object.table.clone(), def));
                }
                _ => {}
            }
            catalogue.objects.push(object);
        }
        for (name, table, def) in indexes {
            catalogue.add_index(name, &table, &def);
        }
        Ok(catalogue)
    }

    fn add_table(&mut self, name: &str, def: &TableDef) {
        let spelled = |wanted: &str| {
            let mut columns = def.columns.iter();
            let found = columns.find(|column| column.name.eq_ignore_ascii_case(wanted));
            found.map_or_else(|| wanted.to_owned(), |column| column.name.clone())
        };
        let key = def.primary_key.iter().flat_map(|key| &key.parts);
        let key = key.filter_map(|part| part.name.as_deref());
        let key: Vec<String> = key.map(spelled).collect();
        // An alias of the rowid.
        let alias = |ty: &str| key.len() == 1 && ty == "integer" && !def.without_rowid;
        let columns = def.columns.iter().map(|column| {
            let at = key.iter().position(|name| *name == column.name);
            let keyed = at.is_some() && (def.without_rowid || def.strict && !alias(&column.ty));
            ColumnRow {
                name: column.name.clone(),
                not_null: column.not_null || keyed,
                key: at.map_or(0, |at| i64::try_from(at + 1).unwrap_or_default()),
                collation: column.collation.clone(),
            }
        });
        self.columns.insert(name.to_owned(), columns.collect());
        let keys = def.foreign_keys.iter().enumerate().flat_map(|(id, key)| {
            let columns = key.columns.iter().enumerate();
            columns.map(move |(seq, from)| (id, seq, &key.ref_table, from))
        });
        let number = |at: usize| i64::try_from(at).unwrap_or_default();
        let keys = keys.map(|(id, seq, table, from)| ForeignKeyRow {
            id: number(id),
            seq: number(seq),
            table: table.clone(),
            from: spelled(from),
        });
        self.foreign_keys.insert(name.to_owned(), keys.collect());
    }

    fn add_index(&mut self, name: String, table: &str, def: &IndexDef) {
        let columns = self.columns.get(table).map_or(&[][..], Vec::as_slice);
        let row = |part: &PartDef| {
            let column = columns.iter().find(|column| {
                let own = part.name.as_deref();
                own.is_some_and(|own| own.eq_ignore_ascii_case(&column.name))
            });
            let own = column.and_then(|column| column.collation.clone());
            IndexPartRow {
                column: column.map(|column| column.name.clone()),
                descending: part.descending,
                collation: part
                    .collation
                    .clone()
                    .or(own)
                    .unwrap_or_else(|| "BINARY".to_owned()),
            }
        };
        let rows = def.parts.iter().map(row).collect();
        self.index_parts.insert(name, rows);
    }
}
