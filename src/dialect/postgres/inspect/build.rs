//! Joins what was read into a realm.

use std::collections::{BTreeMap, BTreeSet};

use super::super::attrs;
use super::catalogue::Comments;
use super::columns::{Columns, RawColumn};
use super::constraints::Found;
use super::indexes::RawIndex;
use super::relations::{Namespace, Relation, RelationKind, comment_on, definition};
use super::sequences::{RawSequence, serial_options};
use super::text::{ident, qualified};
use crate::engine::EngineError;
use crate::schema::{Attrs, Column, EnumType, Realm, Schema, Sequence, Table, TextObject};

/// All that was read.
pub(super) struct Parts {
    pub(super) namespaces: Vec<Namespace>,
    pub(super) relations: Vec<Relation>,
    pub(super) columns: Columns,
    pub(super) sequences: Vec<RawSequence>,
    pub(super) constraints: Vec<Found>,
    pub(super) indexes: Vec<RawIndex>,
    pub(super) enums: Vec<(String, EnumType)>,
    pub(super) texts: Vec<(Option<String>, TextObject)>,
    pub(super) comments: Comments,
}

/// What belongs to one relation.
#[derive(Default)]
struct Belongings<'p> {
    constraints: Vec<&'p Found>,
    indexes: Vec<&'p RawIndex>,
}

/// What is looked up while relations are built.
struct Index<'p> {
    parts: &'p Parts,
    indexes: BTreeMap<u32, RawIndex>,
    owned: BTreeMap<(u32, i16), Vec<&'p RawSequence>>,
    relations: BTreeMap<u32, &'p Relation>,
}

/// Builds the realm, everything sorted by name.
pub(super) fn realm(mut parts: Parts) -> Result<Realm, EngineError> {
    let mut realm = Realm::default();
    for namespace in &parts.namespaces {
        realm.schemas.push(schema(namespace, &parts.comments));
    }
    let indexes = std::mem::take(&mut parts.indexes);
    let indexes: BTreeMap<u32, RawIndex> = indexes
        .into_iter()
        .map(|index| (index.oid, index))
        .collect();
    let mut owned: BTreeMap<(u32, i16), Vec<&RawSequence>> = BTreeMap::new();
    for sequence in &parts.sequences {
        if let Some(owner) = sequence.owner {
            owned.entry(owner).or_default().push(sequence);
        }
    }
    let relations = parts.relations.iter().map(|r| (r.oid, r)).collect();
    let index = Index {
        parts: &parts,
        indexes,
        owned,
        relations,
    };
    let mut schemas: BTreeMap<String, &mut Schema> = realm
        .schemas
        .iter_mut()
        .map(|schema| (schema.name.clone(), schema))
        .collect();
    add_relations(&index, &mut schemas)?;
    add_sequences(&index, &mut schemas);
    for (name, value) in &parts.enums {
        if let Some(schema) = schemas.get_mut(name) {
            schema.enums.push(value.clone());
        }
    }
    for (name, object) in &parts.texts {
        match name {
            None => realm.texts.push(object.clone()),
            Some(name) => {
                if let Some(schema) = schemas.get_mut(name) {
                    schema.texts.push(object.clone());
                }
            }
        }
    }
    for schema in &mut realm.schemas {
        sort(schema);
    }
    realm.texts.sort();
    Ok(realm)
}

/// A schema without content. The comment that every new database has on `public` is not anybody's.
fn schema(namespace: &Namespace, comments: &Comments) -> Schema {
    let comment = comments.on("pg_namespace", namespace.oid);
    let initial = namespace.name == "public" && comment == Some("standard public schema");
    Schema {
        name: namespace.name.clone(),
        comment: comment.filter(|_| !initial).map(str::to_owned),
        ..Schema::default()
    }
}

fn sort(schema: &mut Schema) {
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
    schema.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    schema.texts.sort();
    for table in &mut schema.tables {
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        table.checks.sort_by(|a, b| a.name.cmp(&b.name));
        table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

fn add_relations(
    index: &Index<'_>,
    schemas: &mut BTreeMap<String, &mut Schema>,
) -> Result<(), EngineError> {
    let mut belongings: BTreeMap<u32, Belongings<'_>> = BTreeMap::new();
    let mut of_constraints = BTreeSet::new();
    for constraint in &index.parts.constraints {
        of_constraints.extend(constraint.owns_index());
        if constraint.local {
            let of = belongings.entry(constraint.relation).or_default();
            of.constraints.push(constraint);
        }
    }
    for raw in index.indexes.values() {
        if !raw.attached && !of_constraints.contains(&raw.oid) {
            belongings
                .entry(raw.relation)
                .or_default()
                .indexes
                .push(raw);
        }
    }
    let nothing = Belongings::default();
    for relation in &index.parts.relations {
        let Some(schema) = schemas.get_mut(&relation.schema) else {
            continue;
        };
        let belonging = belongings.get(&relation.oid).unwrap_or(&nothing);
        if relation.kind == RelationKind::Table {
            schema.tables.push(table(index, relation, belonging)?);
        } else {
            schema
                .texts
                .push(relation_as_text(index, relation, belonging));
        }
        schema.texts.extend(leftovers(index, relation, belonging));
    }
    Ok(())
}

fn columns_of<'p>(index: &Index<'p>, relation: u32) -> &'p [RawColumn] {
    index
        .parts
        .columns
        .get(&relation)
        .map_or(&[], Vec::as_slice)
}

/// The columns that a relation defines itself or has in another form than its parents; those that are only inherited
/// come and go with the parent's.
fn own_columns<'p>(index: &Index<'p>, relation: &'p Relation) -> Vec<&'p RawColumn> {
    let inherited = |column: &RawColumn| {
        relation.parents.iter().any(|parent| {
            columns_of(index, parent.oid)
                .iter()
                .any(|theirs| theirs.name == column.name && theirs.passes_on(column))
        }) && index
            .parts
            .comments
            .on_column(relation.oid, column.number)
            .is_none()
    };
    let partition = relation.bound.is_some();
    columns_of(index, relation.oid)
        .iter()
        .filter(|column| !((partition || !column.local) && inherited(column)))
        .collect()
}

fn table(
    index: &Index<'_>,
    relation: &Relation,
    belonging: &Belongings<'_>,
) -> Result<Table, EngineError> {
    let comments = &index.parts.comments;
    let columns = own_columns(index, relation)
        .into_iter()
        .map(|column| model_column(index, relation, column))
        .collect();
    let mut table = Table {
        name: relation.name.clone(),
        columns,
        comment: comments.on("pg_class", relation.oid).map(str::to_owned),
        attrs: table_attrs(relation),
        ..Table::default()
    };
    for constraint in &belonging.constraints {
        constraint.add_to(&mut table, &index.indexes, comments)?;
    }
    for raw in &belonging.indexes {
        table.indexes.push(raw.index(comments)?);
    }
    Ok(table)
}

fn model_column(index: &Index<'_>, relation: &Relation, column: &RawColumn) -> Column {
    let owned = index.owned.get(&(relation.oid, column.number));
    column.column(
        relation.oid,
        &relation.name,
        owned.map_or(&[], Vec::as_slice),
        &index.parts.comments,
    )
}

fn table_attrs(relation: &Relation) -> Attrs {
    let parents = relation.parents.iter();
    let parents: Vec<String> = parents
        .map(|parent| qualified(&parent.schema, &parent.name))
        .collect();
    let inherits = (!parents.is_empty()).then(|| parents.join(", "));
    let mut attrs = Attrs::new();
    attrs.flag(attrs::UNLOGGED, relation.unlogged);
    attrs.set(attrs::PARTITION_BY, relation.partition_by.as_ref());
    attrs.set(attrs::INHERITS, inherits);
    attrs.set(attrs::ROW_SECURITY, relation.row_security);
    attrs.set(attrs::STORAGE, relation.storage.as_ref());
    attrs.set(attrs::TABLESPACE, relation.tablespace.as_ref());
    attrs
}

fn relation_as_text(
    index: &Index<'_>,
    relation: &Relation,
    belonging: &Belongings<'_>,
) -> TextObject {
    let comments = &index.parts.comments;
    let name = relation.full_name();
    let columns = own_columns(index, relation);
    let lines: Vec<String> = match relation.kind {
        RelationKind::View | RelationKind::MaterializedView => Vec::new(),
        _ => columns.iter().map(|column| column.line()).collect(),
    };
    let mut text = definition(relation, &lines);
    if let Some(row_security) = relation.row_security {
        text += &format!(";\nALTER TABLE {name} ENABLE ROW LEVEL SECURITY /* {row_security} */");
    }
    for constraint in &belonging.constraints {
        if !constraint.is_not_null() {
            text += &constraint.statement(&name);
        }
    }
    if relation.kind == RelationKind::Partition {
        let mut indexes: Vec<&&RawIndex> = belonging.indexes.iter().collect();
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
        for raw in indexes {
            text += &format!(";\n{}", raw.statement(&relation.schema, comments));
        }
    }
    let comment = match relation.kind {
        RelationKind::Composite => comments.on("pg_type", relation.row_type),
        _ => comments.on("pg_class", relation.oid),
    };
    if let Some(comment) = comment {
        let words = match relation.kind {
            RelationKind::Composite => "TYPE".to_owned(),
            RelationKind::Partition => "TABLE".to_owned(),
            kind => kind.words().to_uppercase(),
        };
        text += &comment_on(&format!("{words} {name}"), comment);
    }
    for column in columns_of(index, relation.oid) {
        if relation.kind == RelationKind::View
            && let Some(default) = column.set_default(&name)
        {
            text += &default;
        }
        if let Some(comment) = comments.on_column(relation.oid, column.number) {
            let label = format!("COLUMN {name}.{}", ident(&column.name));
            text += &comment_on(&label, comment);
        }
    }
    let parent = relation.parents.first().filter(|parent| {
        relation.kind == RelationKind::Partition && parent.schema == relation.schema
    });
    TextObject {
        kind: relation.kind.words().to_owned(),
        name: relation.name.clone(),
        table: parent.map(|parent| parent.name.clone()),
        definition: text,
    }
}

/// What a table has that the model of a table lacks, and the indexes of what isn't one.
fn leftovers(
    index: &Index<'_>,
    relation: &Relation,
    belonging: &Belongings<'_>,
) -> Vec<TextObject> {
    let name = relation.full_name();
    let mut all = Vec::new();
    let mut add = |kind: &str, name: &str, definition: String| {
        all.push(TextObject {
            kind: kind.to_owned(),
            name: name.to_owned(),
            table: Some(relation.name.clone()),
            definition,
        });
    };
    if relation.kind == RelationKind::MaterializedView {
        for raw in &belonging.indexes {
            let definition = raw.statement(&relation.schema, &index.parts.comments);
            add("index", &raw.name, definition);
        }
    }
    if !matches!(relation.kind, RelationKind::Table | RelationKind::Partition) {
        return all;
    }
    let identity = match relation.replica_identity.as_str() {
        "f" => Some("FULL".to_owned()),
        "n" => Some("NOTHING".to_owned()),
        "i" => index
            .indexes
            .values()
            .find(|raw| raw.relation == relation.oid && raw.replica_identity)
            .map(|raw| format!("USING INDEX {}", ident(&raw.name))),
        _ => None,
    };
    if let Some(identity) = identity {
        let definition = format!("ALTER TABLE {name} REPLICA IDENTITY {identity}");
        add("replica identity", &relation.name, definition);
    }
    if let Some(method) = &relation.access_method
        && relation.kind == RelationKind::Table
    {
        let definition = format!("ALTER TABLE {name} SET ACCESS METHOD {}", ident(method));
        add("table access method", &relation.name, definition);
    }
    if let Some(of_type) = &relation.of_type {
        let definition = format!("ALTER TABLE {name} OF {of_type}");
        add("typed table", &relation.name, definition);
    }
    all
}

/// Free sequences, and those that a column owns without being numbered by them.
fn add_sequences(index: &Index<'_>, schemas: &mut BTreeMap<String, &mut Schema>) {
    let comments = &index.parts.comments;
    for sequence in &index.parts.sequences {
        let Some(schema) = schemas.get_mut(&sequence.schema) else {
            continue;
        };
        let comment = comments.on("pg_class", sequence.oid);
        let Some((owner, number)) = sequence.owner else {
            schema.sequences.push(Sequence {
                name: sequence.name.clone(),
                ty: sequence.ty.clone(),
                options: sequence.options.clone(),
                comment: comment.map(str::to_owned),
            });
            continue;
        };
        // An extension's tables are not among the relations.
        let relation = index.relations.get(&owner);
        let column = columns_of(index, owner).iter().find(|c| c.number == number);
        let (Some(relation), Some(column)) = (relation, column) else {
            continue;
        };
        if sequence.identity
            || relation.kind == RelationKind::Table && column.serial(&[sequence]).is_some()
        {
            continue;
        }
        let options = serial_options(&sequence.ty, &sequence.options, "bigint").unwrap_or_default();
        let mut definition = format!(
            "CREATE SEQUENCE {} {options} OWNED BY {}.{}",
            qualified(&sequence.schema, &sequence.name),
            relation.full_name(),
            ident(&column.name)
        );
        if let Some(comment) = comment {
            let label = format!("SEQUENCE {}", qualified(&sequence.schema, &sequence.name));
            definition += &comment_on(&label, comment);
        }
        schema.texts.push(TextObject {
            kind: "owned sequence".to_owned(),
            name: sequence.name.clone(),
            table: Some(relation.name.clone()),
            definition,
        });
    }
}
