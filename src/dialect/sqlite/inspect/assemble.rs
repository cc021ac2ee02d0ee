//! Makes a schema of catalogue rows. Each text is read, then compared with what SQLite itself says of the object: where
//! they disagree nothing is returned, since a plan made from a misread table could lose data.

use super::SCHEMA;
use super::catalogue::{Catalogue, ForeignKeyRow, IndexPartRow, Object};
use crate::dialect::sqlite::attrs;
use crate::dialect::sqlite::parse::{
    self, ColumnDef, IndexDef, PartDef, PrimaryKeyDef, TableDef, UniqueDef, lex,
};
use crate::engine::EngineError;
use crate::schema::{
    Attrs, Check, Column, DataType, ForeignKey, Generated, Index, KeyPart, ObjectName, PartExpr,
    PrimaryKey, Schema, Table, TextObject, Unique,
};

/// The schema `main`.
pub(super) fn schema(catalogue: &Catalogue) -> Result<Schema, EngineError> {
    let mut schema = Schema {
        name: SCHEMA.to_owned(),
        ..Schema::default()
    };
    for object in &catalogue.objects {
        let Some(sql) = &object.sql else { continue };
        let kind = catalogue.kinds.get(&object.name).map(String::as_str);
        match (object.kind.as_str(), kind) {
            // They come and go with their virtual table.
            ("table", Some("shadow")) => {}
            ("table", Some("virtual")) => {
                schema.texts.push(text_object("virtual table", object, sql));
            }
            ("table", _) => schema.tables.push(table(catalogue, object, sql)?),
            ("index", _) => {}
            (kind, _) => schema.texts.push(text_object(kind, object, sql)),
        }
    }
    for object in &catalogue.objects {
        if object.kind == "index"
            && let Some(sql) = &object.sql
            && let Some(table) = schema
                .tables
                .iter_mut()
                .find(|table| table.name == object.table)
        {
            let index = index(catalogue, table, object, sql)?;
            table.indexes.push(index);
        }
    }
    resolve_references(&mut schema.tables);
    for table in &mut schema.tables {
        sort(table);
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema
        .texts
        .sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    Ok(schema)
}

fn sort(table: &mut Table) {
    fn text<T: std::fmt::Debug>(value: &T) -> String {
        format!("{value:?}")
    }
    table
        .uniques
        .sort_by_cached_key(|unique| (unique.name.clone(), unique.parts.clone()));
    table.uniques.dedup();
    table
        .foreign_keys
        .sort_by_cached_key(|key| (key.name.clone(), text(key)));
    table
        .checks
        .sort_by_cached_key(|check| (check.name.clone(), check.expr.clone()));
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
}

fn text_object(kind: &str, object: &Object, sql: &str) -> TextObject {
    TextObject {
        kind: kind.to_owned(),
        name: object.name.clone(),
        table: (kind == "trigger").then(|| object.table.clone()),
        definition: sql.to_owned(),
    }
}

fn disagree(what: &str, name: &str, why: &str) -> EngineError {
    EngineError::new(
        format!("can't read the definition of {what} \"{name}\": {why}"),
        "this is a defect of the reader; please report it with the object's CREATE statement",
    )
}

fn table(catalogue: &Catalogue, object: &Object, sql: &str) -> Result<Table, EngineError> {
    let fail = |why: &str| disagree("table", &object.name, why);
    let mut def = parse::create_table(sql).map_err(|error| fail(&error.to_string()))?;
    let rows = catalogue
        .columns
        .get(&object.name)
        .map_or(&[][..], Vec::as_slice);
    let same = def.columns.len() == rows.len()
        && def
            .columns
            .iter()
            .zip(rows)
            .all(|(column, row)| column.name == row.name);
    if !same {
        return Err(fail("its columns are not the ones that SQLite reports"));
    }
    let mut keyed: Vec<_> = rows.iter().filter(|row| row.key > 0).collect();
    keyed.sort_by_key(|row| row.key);
    for (column, row) in def.columns.iter_mut().zip(rows) {
        column.not_null = row.not_null;
    }
    let mut table = Table {
        name: object.name.clone(),
        ..Table::default()
    };
    table.columns = def.columns.iter().map(column).collect();
    if def.strict {
        table.attrs.flag(attrs::STRICT, true);
    }
    if def.without_rowid {
        table.attrs.flag(attrs::WITHOUT_ROWID, true);
    }
    if let Some(key) = def.primary_key.take() {
        primary_key(&mut table, &def, &key);
    }
    let key = table.primary_key.iter().flat_map(|key| &key.parts);
    let key: Vec<&PartExpr> = key.map(|part| &part.on).collect();
    let same = key.len() == keyed.len()
        && key
            .iter()
            .zip(&keyed)
            .all(|(part, row)| matches!(part, PartExpr::Column(name) if *name == row.name));
    if !same {
        return Err(fail("its primary key is not the one that SQLite reports"));
    }
    for unique in &def.uniques {
        let unique = unique_constraint(&table, unique);
        table.uniques.push(unique);
    }
    for (name, expr) in &def.checks {
        table.checks.push(Check {
            name: name.clone(),
            expr: lex::unqualified(expr, &object.name),
            ..Check::default()
        });
    }
    foreign_keys(&mut table, &def);
    let rows = catalogue
        .foreign_keys
        .get(&object.name)
        .map_or(&[][..], Vec::as_slice);
    if !same_foreign_keys(&table, rows) {
        return Err(fail(
            "its foreign keys are not the ones that SQLite reports",
        ));
    }
    Ok(table)
}

fn column(def: &ColumnDef) -> Column {
    let mut attrs = Attrs::new();
    attrs.set(attrs::NOT_NULL_CONFLICT, def.not_null_conflict.as_ref());
    Column {
        name: def.name.clone(),
        ty: DataType::parse(&def.ty),
        nullable: !def.not_null,
        default: def.default.clone(),
        generated: def.generated.as_ref().map(|(expr, stored)| Generated {
            expr: expr.clone(),
            stored: *stored,
        }),
        collation: def.collation.clone(),
        attrs,
        ..Column::default()
    }
}

fn primary_key(table: &mut Table, def: &TableDef, key: &PrimaryKeyDef) {
    let mut attrs = Attrs::new();
    attrs.set(attrs::ON_CONFLICT, key.on_conflict.as_ref());
    let parts: Vec<KeyPart> = key.parts.iter().map(|part| key_part(table, part)).collect();
    if let [only] = parts.as_slice()
        && let PartExpr::Column(name) = &only.on
        && !def.without_rowid
        && let Some(column) = table.columns.iter_mut().find(|column| column.name == *name)
        && column.ty == "integer"
    {
        if key.inline && only.descending {
            attrs.flag(attrs::INLINE_DESC, true);
        } else {
            // The rowid is never NULL, whether or not the text says so.
            column.nullable = false;
            column.auto_increment = key.auto_increment;
        }
    }
    table.primary_key = Some(PrimaryKey {
        name: key.name.clone(),
        parts,
        comment: None,
        attrs,
    });
}

fn unique_constraint(table: &Table, def: &UniqueDef) -> Unique {
    let mut attrs = Attrs::new();
    attrs.set(attrs::ON_CONFLICT, def.on_conflict.as_ref());
    Unique {
        name: def.name.clone(),
        parts: def.parts.iter().map(|part| key_part(table, part)).collect(),
        comment: None,
        attrs,
    }
}

/// The column that a name means: names are case-insensitive, the declaration's spelling counts.
fn resolve<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    let exact = table.column(name);
    exact.or_else(|| {
        table
            .columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    })
}

fn resolved(table: &Table, name: &str) -> String {
    resolve(table, name).map_or_else(|| name.to_owned(), |column| column.name.clone())
}

fn key_part(table: &Table, def: &PartDef) -> KeyPart {
    let column = def.name.as_deref().and_then(|name| resolve(table, name));
    let own = column
        .and_then(|column| column.collation.as_deref())
        .unwrap_or("BINARY");
    let mut attrs = Attrs::new();
    let collation = def.collation.as_ref();
    attrs.set(
        attrs::COLLATION,
        collation.filter(|collation| !collation.eq_ignore_ascii_case(own)),
    );
    KeyPart {
        on: column.map_or_else(
            || PartExpr::Expr(def.expr.clone()),
            |column| PartExpr::Column(column.name.clone()),
        ),
        descending: def.descending,
        attrs,
    }
}

fn foreign_keys(table: &mut Table, def: &TableDef) {
    for key in &def.foreign_keys {
        let mut attrs = Attrs::new();
        attrs.set(attrs::MATCH, key.matching.as_ref());
        let deferrable = key.deferrable.map(|deferred| match deferred {
            true => "DEFERRABLE INITIALLY DEFERRED",
            false => "DEFERRABLE",
        });
        attrs.set(attrs::DEFERRABLE, deferrable);
        let columns = key
            .columns
            .iter()
            .map(|name| resolved(table, name))
            .collect();
        table.foreign_keys.push(ForeignKey {
            name: key.name.clone(),
            columns,
            ref_table: ObjectName::new(SCHEMA, &key.ref_table),
            ref_columns: key.ref_columns.clone(),
            on_update: key.on_update,
            on_delete: key.on_delete,
            comment: None,
            attrs,
        });
    }
}

fn same_foreign_keys(table: &Table, rows: &[ForeignKeyRow]) -> bool {
    let mut reported: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        if row.seq == 0 {
            reported.push((row.table.clone(), Vec::new()));
        }
        if let Some((_, columns)) = reported.last_mut() {
            columns.push(row.from.clone());
        }
    }
    let mut read: Vec<_> = table
        .foreign_keys
        .iter()
        .map(|key| (key.ref_table.name.clone(), key.columns.clone()))
        .collect();
    reported.sort();
    read.sort();
    reported == read
}

/// Spells referenced tables and columns as they are declared, and adds referenced columns that were left out: they are
/// the primary key.
fn resolve_references(tables: &mut [Table]) {
    let known: Vec<(String, Vec<String>, Vec<String>)> = tables
        .iter()
        .map(|table| {
            let names = table
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect();
            let parts = table.primary_key.iter().flat_map(|key| &key.parts);
            let key = parts.filter_map(|part| match &part.on {
                PartExpr::Column(name) => Some(name.clone()),
                PartExpr::Expr(_) => None,
            });
            (table.name.clone(), names, key.collect())
        })
        .collect();
    for key in tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        let found = known
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(&key.ref_table.name));
        let Some((name, columns, primary_key)) = found else {
            continue;
        };
        key.ref_table.name.clone_from(name);
        if key.ref_columns.is_empty() && primary_key.len() == key.columns.len() {
            key.ref_columns.clone_from(primary_key);
        }
        for column in &mut key.ref_columns {
            if let Some(declared) = columns
                .iter()
                .find(|name| name.eq_ignore_ascii_case(column))
            {
                column.clone_from(declared);
            }
        }
    }
}

fn index(
    catalogue: &Catalogue,
    table: &Table,
    object: &Object,
    sql: &str,
) -> Result<Index, EngineError> {
    let fail = |why: &str| disagree("index", &object.name, why);
    let def = parse::create_index(sql).map_err(|error| fail(&error.to_string()))?;
    let rows = catalogue
        .index_parts
        .get(&object.name)
        .map_or(&[][..], Vec::as_slice);
    if !same_index(&def, object, rows) {
        return Err(fail("it is not the one that SQLite reports"));
    }
    let parts = def.parts.iter().zip(rows).map(|(part, row)| {
        let mut part = part.clone();
        part.collation = Some(parse::collation_name(&row.collation));
        if row.column.is_none() {
            part.name = None;
        }
        key_part(table, &part)
    });
    Ok(Index {
        name: object.name.clone(),
        unique: def.unique,
        parts: parts.collect(),
        predicate: def.predicate,
        ..Index::default()
    })
}

fn same_index(def: &IndexDef, object: &Object, rows: &[IndexPartRow]) -> bool {
    def.name.eq_ignore_ascii_case(&object.name)
        && def.table.eq_ignore_ascii_case(&object.table)
        && def.parts.len() == rows.len()
        && def.parts.iter().zip(rows).all(|(part, row)| {
            let same = match (&row.column, &part.name) {
                (Some(column), Some(name)) => column.eq_ignore_ascii_case(name),
                (Some(_), None) => false,
                (None, _) => !lex::tokens(&part.expr).is_empty(),
            };
            same && part.descending == row.descending
        })
}
