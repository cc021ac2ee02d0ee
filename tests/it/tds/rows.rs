//! What a state holds, as the rows that a server's catalogue has of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use trueup::schema::{
    Action, Attrs, Column, Index, KeyPart, PartExpr, Realm, Schema, Table, TextObject,
};

use super::catalogue::{Views, type_id};

/// Rows that are being written.
#[derive(Default)]
struct Writer {
    views: Views,
    next: i64,
    schemas: BTreeMap<String, i64>,
    /// Tables and types by their full names.
    numbers: BTreeMap<String, i64>,
}

/// All rows of a database with this collation.
pub(super) fn rows(realm: &Realm, collation: &str) -> Views {
    let mut writer = Writer {
        next: 885_578_193,
        ..Writer::default()
    };
    for (number, name) in [
        (2, "guest"),
        (3, "INFORMATION_SCHEMA"),
        (4, "sys"),
        (16384, "db_owner"),
    ] {
        writer.add("schemas", json!({"schema_id": number, "name": name}));
    }
    writer.add(
        "databases",
        json!({"database_id": 5, "name": "this", "collation_name": collation}),
    );
    writer.add(
        "data_spaces",
        json!({"data_space_id": 1, "name": "PRIMARY", "type": "FG", "is_default": 1}),
    );
    for (at, schema) in realm.schemas.iter().enumerate() {
        let number = if schema.name == "dbo" {
            1
        } else {
            i64::try_from(at).unwrap() + 5
        };
        writer.schemas.insert(schema.name.clone(), number);
        writer.add("schemas", json!({"schema_id": number, "name": schema.name}));
        writer.comment(3, number, 0, schema.comment.as_deref());
    }
    for schema in &realm.schemas {
        for one in schema.texts.iter().filter(|one| one.kind == "type") {
            writer.alias(schema, one);
        }
        for table in &schema.tables {
            let number = writer.number();
            writer
                .numbers
                .insert(format!("{}.{}", schema.name, table.name), number);
        }
    }
    for schema in &realm.schemas {
        for table in &schema.tables {
            writer.table(realm, schema, table, collation);
        }
        for sequence in &schema.sequences {
            let number = writer.number();
            let row = writer.object(number, schema, &sequence.name, "SO", 0);
            let options = &sequence.options;
            let base = trueup::schema::DataType::parse(&sequence.ty);
            writer.add_to("sequences", row, json!({
                "start_value": options.start, "increment": options.increment, "minimum_value": options.min,
                "maximum_value": options.max, "is_cycling": u8::from(options.cycle), "is_cached": u8::from(options.cache != 0),
                "cache_size": if options.cache > 0 { json!(options.cache) } else { Json::Null },
                "user_type_id": type_id(&base.base), "precision": base.arguments.first().and_then(|one| one.parse::<i64>().ok()),
            }));
            writer.comment(1, number, 0, sequence.comment.as_deref());
        }
        for one in &schema.texts {
            let number = writer.number();
            let name = format!("{}.{}", schema.name, one.name);
            writer.numbers.entry(name).or_insert(number);
        }
        for one in &schema.texts {
            writer.text(schema, one);
        }
    }
    writer.views
}

fn flag(attrs: &Attrs, key: &str) -> u8 {
    u8::from(attrs.contains_key(key))
}

impl Writer {
    fn number(&mut self) -> i64 {
        self.next += 16_000_057 % 1_000;
        self.next
    }

    fn add(&mut self, view: &str, row: Json) {
        self.views
            .entry(format!("sys.{view}"))
            .or_default()
            .push(row);
    }

    fn add_to(&mut self, view: &str, mut row: Map<String, Json>, more: Json) {
        if let Json::Object(more) = more {
            row.extend(more);
        }
        self.add(view, Json::Object(row));
    }

    /// An object, in `sys.objects` and as the beginning of its row in a view of its own.
    fn object(
        &mut self,
        number: i64,
        schema: &Schema,
        name: &str,
        kind: &str,
        parent: i64,
    ) -> Map<String, Json> {
        let row = json!({
            "object_id": number, "schema_id": self.schemas[&schema.name], "name": name, "type": format!("{kind:<2}"),
            "parent_object_id": parent,
        });
        self.add("objects", row.clone());
        let Json::Object(row) = row else {
            unreachable!()
        };
        row
    }

    fn comment(&mut self, class: i64, major: i64, minor: i64, text: Option<&str>) {
        if let Some(text) = text {
            self.add("extended_properties", json!({
                "class": class, "major_id": major, "minor_id": minor, "name": "MS_Description", "value": text,
            }));
        }
    }

    fn alias(&mut self, schema: &Schema, one: &TextObject) {
        let (_, rest) = one
            .definition
            .split_once(" FROM ")
            .expect("an alias of a type");
        let words = rest.trim();
        let nullable = !words.to_uppercase().ends_with("NOT NULL");
        let base = words
            .to_lowercase()
            .replace(" not null", "")
            .replace(" null", "");
        let ty = trueup::schema::DataType::parse(base.trim());
        let number = 257 + i64::try_from(self.numbers.len()).unwrap();
        self.numbers
            .insert(format!("type {}.{}", schema.name, one.name), number);
        let (length, precision, scale) = measures(&ty.base, &ty.arguments);
        self.add("types", json!({
            "name": one.name, "user_type_id": number, "system_type_id": type_id(&ty.base), "max_length": length,
            "schema_id": self.schemas[&schema.name],
            "precision": precision, "scale": scale, "is_nullable": u8::from(nullable), "is_user_defined": 1,
        }));
    }

    fn table(&mut self, realm: &Realm, schema: &Schema, table: &Table, collation: &str) {
        let number = self.numbers[&format!("{}.{}", schema.name, table.name)];
        let row = self.object(number, schema, &table.name, "U", 0);
        let versioning = table.attrs.get("system_versioning");
        let history = versioning.map(|said| self.history(realm, schema, number, said));
        let retention =
            versioning.and_then(|said| said.split("HISTORY_RETENTION_PERIOD = ").nth(1));
        let (period, unit) = retention
            .and_then(|said| said.split_once(' '))
            .unwrap_or(("-1", "INFINITES"));
        self.add_to(
            "tables",
            row,
            json!({
                "temporal_type": if history.is_some() { 2 } else { 0 }, "history_table_id": history,
                "history_retention_period": history.map(|_| period),
                "history_retention_period_unit_desc": history.map(|_| unit.trim_end_matches('S')),
            }),
        );
        self.comment(1, number, 0, table.comment.as_deref());
        for (at, column) in table.columns.iter().enumerate() {
            let at = i64::try_from(at).unwrap() + 1;
            self.column(schema, table, number, at, column, collation);
            self.comment(1, number, at, column.comment.as_deref());
        }
        let place = |name: &str| {
            table
                .columns
                .iter()
                .position(|one| one.name == name)
                .map(|at| at + 1)
        };
        if let Some(period) = table.attrs.get("period") {
            let names: Vec<&str> = period
                .split(", ")
                .map(|name| name.trim_matches(['[', ']']))
                .collect();
            self.add("periods", json!({
                "name": "SYSTEM_TIME", "object_id": number, "start_column_id": place(names[0]), "end_column_id": place(names[1]),
            }));
        }
        for check in &table.checks {
            let own = self.number();
            let name = check
                .name
                .clone()
                .unwrap_or_else(|| format!("CK__{}__{own:08X}", table.name));
            let row = self.object(own, schema, &name, "C", number);
            self.add_to("check_constraints", row, json!({
                "definition": format!("({})", check.expr), "is_system_named": u8::from(check.name.is_none()),
                "is_disabled": flag(&check.attrs, "disabled"),
                "is_not_trusted": flag(&check.attrs, "not_trusted") | flag(&check.attrs, "not_for_replication"),
                "is_not_for_replication": flag(&check.attrs, "not_for_replication"),
            }));
            self.comment(1, own, 0, check.comment.as_deref());
        }
        self.indexes(schema, table, number);
        self.foreign_keys(realm, schema, table, number);
    }

    /// The table that has the rows of the past.
    fn history(&mut self, realm: &Realm, schema: &Schema, of: i64, said: &str) -> i64 {
        let number = self.number();
        let given = said.split("HISTORY_TABLE = ").nth(1);
        let given = given.map(|rest| {
            rest.split(',')
                .next()
                .unwrap_or_default()
                .replace(['[', ']'], "")
        });
        let (schema, name) = match given.as_deref().and_then(|name| name.split_once('.')) {
            Some((own, name)) => (realm.schema(own).unwrap_or(schema), Some(name.to_owned())),
            None => (schema, None),
        };
        let name = name.unwrap_or_else(|| format!("MSSQL_TemporalHistoryFor_{of}"));
        let row = self.object(number, schema, &name, "U", 0);
        self.add_to("tables", row, json!({"temporal_type": 1}));
        self.add(
            "columns",
            json!({"object_id": number, "column_id": 1, "name": "id", "user_type_id": 56}),
        );
        self.add("indexes", json!({
            "object_id": number, "index_id": 1, "name": format!("ix_{name}"), "type": 1, "data_space_id": 1,
            "allow_row_locks": 1, "allow_page_locks": 1,
        }));
        number
    }

    fn column(
        &mut self,
        schema: &Schema,
        table: &Table,
        number: i64,
        at: i64,
        column: &Column,
        collation: &str,
    ) {
        let ty = &column.ty;
        let base = match ty.base.as_str() {
            "rowversion" => "timestamp",
            base => base,
        };
        let (length, precision, scale) = measures(base, &ty.arguments);
        let text = ["char", "varchar", "nchar", "nvarchar", "text", "ntext"].contains(&base);
        let user = ty
            .user
            .as_ref()
            .map(|user| self.numbers[&format!("type {}.{}", user.schema, user.name)]);
        let attrs = &column.attrs;
        let mut default = 0;
        if let Some(definition) = &column.default {
            default = self.number();
            let given = attrs.get("default_name");
            let name = given
                .cloned()
                .unwrap_or_else(|| format!("DF__{}__{default:08X}", table.name));
            let row = self.object(default, schema, &name, "D", number);
            self.add_to("default_constraints", row, json!({
                "parent_column_id": at, "definition": format!("({definition})"), "is_system_named": u8::from(given.is_none()),
            }));
        }
        if let Some(identity) = &column.identity {
            self.add("identity_columns", json!({
                "object_id": number, "column_id": at, "name": column.name, "seed_value": identity.options.start,
                "increment_value": identity.options.increment, "is_not_for_replication": flag(attrs, "not_for_replication"),
            }));
        }
        if let Some(rule) = &column.generated {
            self.add("computed_columns", json!({
                "object_id": number, "column_id": at, "name": column.name, "definition": format!("({})", rule.expr),
                "is_persisted": u8::from(rule.stored),
            }));
        }
        if let Some(function) = attrs.get("masked") {
            self.add(
                "masked_columns",
                json!({"object_id": number, "column_id": at, "masking_function": function}),
            );
        }
        let generated = attrs.get("generated_as").map_or("", String::as_str);
        let nullable = column.nullable && !attrs.contains_key("not_null");
        // Only what a query needs of a computed column's type: that there is one.
        let type_number = match &column.generated {
            Some(_) => 56,
            None => user
                .or(type_id(base))
                .unwrap_or_else(|| panic!("no number of type {base}")),
        };
        self.add("columns", json!({
            "object_id": number, "column_id": at, "name": column.name, "user_type_id": type_number,
            "max_length": length, "precision": precision, "scale": scale,
            "collation_name": text.then(|| column.collation.clone().unwrap_or_else(|| collation.to_owned())),
            "is_nullable": u8::from(nullable), "is_rowguidcol": flag(attrs, "rowguidcol"), "is_sparse": flag(attrs, "sparse"),
            "is_hidden": u8::from(generated.ends_with("HIDDEN")), "default_object_id": default, "xml_collection_id": 0,
            "generated_always_type": if generated.starts_with("ROW START") { 1 } else if generated.is_empty() { 0 } else { 2 },
        }));
    }

    fn indexes(&mut self, schema: &Schema, table: &Table, number: i64) {
        let mut all: Vec<(Index, &str, bool)> = Vec::new();
        let key = |name: &Option<String>,
                   kind: &str,
                   parts: &[KeyPart],
                   comment: &Option<String>,
                   attrs: &Attrs| Index {
            name: name
                .clone()
                .unwrap_or_else(|| format!("{kind}__{}__{}", table.name, parts.len())),
            unique: true,
            parts: parts.to_vec(),
            comment: comment.clone(),
            attrs: attrs.clone(),
            ..Index::default()
        };
        if let Some(one) = &table.primary_key {
            all.push((
                key(&one.name, "PK", &one.parts, &one.comment, &one.attrs),
                "PK",
                one.name.is_none(),
            ));
        }
        for one in &table.uniques {
            all.push((
                key(&one.name, "UQ", &one.parts, &one.comment, &one.attrs),
                "UQ",
                one.name.is_none(),
            ));
        }
        all.extend(table.indexes.iter().map(|index| (index.clone(), "", false)));
        let clustered = |(index, kind, _): &(Index, &str, bool)| match index
            .attrs
            .get("clustering")
            .map(String::as_str)
        {
            Some(clustering) => clustering == "clustered",
            None => *kind == "PK",
        };
        let compression = table.attrs.get("table_options").map_or("NONE", |said| {
            said.trim_start_matches("DATA_COMPRESSION = ")
        });
        if !all.iter().any(clustered) {
            let space = self.data_space(table, number, 0, table.attrs.get("filegroup"));
            self.add(
                "indexes",
                json!({"object_id": number, "index_id": 0, "type": 0, "data_space_id": space}),
            );
            self.partition(number, 0, compression);
        }
        let mut next = 2;
        for one in &all {
            let (index, kind, made_up) = one;
            let id = if clustered(one) { 1 } else { next };
            next += i64::from(id != 1);
            let columnar = index.method.is_some();
            let options = index.attrs.get("options").cloned().unwrap_or_default();
            let has = |option: &str| u8::from(options.contains(option));
            let value = |name: &str| {
                let (_, rest) = options.split_once(&format!("{name} = "))?;
                Some(rest.split(',').next().unwrap_or_default().to_owned())
            };
            let space = self.data_space(table, number, id, index.attrs.get("filegroup"));
            self.add("indexes", json!({
                "object_id": number, "index_id": id, "name": index.name, "data_space_id": space,
                "type": match (id == 1, columnar) { (true, false) => 1, (false, false) => 2, (true, true) => 5, (false, true) => 6 },
                "is_unique": u8::from(index.unique), "is_primary_key": u8::from(*kind == "PK"),
                "is_unique_constraint": u8::from(*kind == "UQ"), "filter_definition": index.predicate.as_ref().map(|one| format!("({one})")),
                "fill_factor": value("FILLFACTOR").map_or(0, |one| one.parse().unwrap()), "is_padded": has("PAD_INDEX = ON"),
                "ignore_dup_key": has("IGNORE_DUP_KEY = ON"), "allow_row_locks": 1 - has("ALLOW_ROW_LOCKS = OFF"),
                "allow_page_locks": 1 - has("ALLOW_PAGE_LOCKS = OFF"), "optimize_for_sequential_key": has("OPTIMIZE_FOR_SEQUENTIAL_KEY = ON"),
            }));
            self.add("stats", json!({"object_id": number, "stats_id": id, "no_recompute": has("STATISTICS_NORECOMPUTE = ON")}));
            let own = if columnar {
                "COLUMNSTORE"
            } else if id == 1 {
                compression
            } else {
                "NONE"
            };
            self.partition(
                number,
                id,
                &value("DATA_COMPRESSION").unwrap_or_else(|| own.to_owned()),
            );
            self.parts(table, number, id, index, columnar);
            if kind.is_empty() {
                self.comment(7, number, id, index.comment.as_deref());
                continue;
            }
            let own = self.number();
            let row = self.object(own, schema, &index.name, kind, number);
            self.add_to(
                "key_constraints",
                row,
                json!({"unique_index_id": id, "is_system_named": u8::from(*made_up)}),
            );
            self.comment(1, own, 0, index.comment.as_deref());
        }
    }

    fn partition(&mut self, table: i64, index: i64, compression: &str) {
        self.add("partitions", json!({
            "object_id": table, "index_id": index, "partition_number": 1, "data_compression_desc": compression,
        }));
    }

    /// Where something lies: a filegroup, or a scheme with its column.
    fn data_space(&mut self, table: &Table, number: i64, index: i64, said: Option<&String>) -> i64 {
        let Some(said) = said else {
            return 1;
        };
        let (name, column) = said.split_once(" (").unwrap_or((said, ""));
        let space = self.number();
        let kind = if column.is_empty() { "FG" } else { "PS" };
        self.add(
            "data_spaces",
            json!({"data_space_id": space, "name": name.trim_matches(['[', ']']), "type": kind}),
        );
        let column = column.trim_matches(['[', ']', ')']);
        if let Some(at) = table.columns.iter().position(|one| one.name == column) {
            self.add("index_columns", json!({
                "object_id": number, "index_id": index, "index_column_id": 99, "column_id": at + 1, "key_ordinal": 0,
                "partition_ordinal": 1,
            }));
        }
        space
    }

    fn parts(&mut self, table: &Table, number: i64, id: i64, index: &Index, columnar: bool) {
        let name = |part: &KeyPart| match &part.on {
            PartExpr::Column(name) => name.clone(),
            PartExpr::Expr(expr) => panic!("an index has no expression: {expr}"),
        };
        let keys = index
            .parts
            .iter()
            .map(|part| (name(part), part.descending, columnar));
        let included = index.include.iter().map(|name| (name.clone(), false, true));
        for (at, (name, descending, carried)) in keys.chain(included).enumerate() {
            let column = table
                .columns
                .iter()
                .position(|one| one.name == name)
                .unwrap();
            self.add("index_columns", json!({
                "object_id": number, "index_id": id, "index_column_id": at + 1, "column_id": column + 1,
                "key_ordinal": if carried { 0 } else { at + 1 }, "partition_ordinal": 0,
                "is_descending_key": u8::from(descending), "is_included_column": u8::from(carried),
            }));
        }
    }

    fn foreign_keys(&mut self, realm: &Realm, schema: &Schema, table: &Table, number: i64) {
        let action = |action: Action| action.as_sql().replace(' ', "_");
        for key in &table.foreign_keys {
            let own = self.number();
            let name = key
                .name
                .clone()
                .unwrap_or_else(|| format!("FK__{}__{own:08X}", table.name));
            let referenced =
                self.numbers[&format!("{}.{}", key.ref_table.schema, key.ref_table.name)];
            let row = self.object(own, schema, &name, "F", number);
            self.add_to("foreign_keys", row, json!({
                "referenced_object_id": referenced, "is_system_named": u8::from(key.name.is_none()),
                "is_disabled": flag(&key.attrs, "disabled"),
                "is_not_trusted": flag(&key.attrs, "not_trusted") | flag(&key.attrs, "not_for_replication"),
                "is_not_for_replication": flag(&key.attrs, "not_for_replication"),
                "delete_referential_action_desc": action(key.on_delete), "update_referential_action_desc": action(key.on_update),
            }));
            self.comment(1, own, 0, key.comment.as_deref());
            let other = realm.table(&key.ref_table).unwrap();
            let place = |table: &Table, name: &str| {
                table
                    .columns
                    .iter()
                    .position(|one| one.name == name)
                    .unwrap()
                    + 1
            };
            for (at, (column, to)) in key.columns.iter().zip(&key.ref_columns).enumerate() {
                self.add("foreign_key_columns", json!({
                    "constraint_object_id": own, "constraint_column_id": at + 1, "parent_object_id": number,
                    "parent_column_id": place(table, column), "referenced_object_id": referenced,
                    "referenced_column_id": place(other, to),
                }));
            }
        }
    }

    fn text(&mut self, schema: &Schema, one: &TextObject) {
        let number = self.number();
        let kind = match one.kind.as_str() {
            "view" => "V",
            "procedure" => "P",
            "function" => "FN",
            "trigger" => "TR",
            "synonym" => {
                let row = self.object(number, schema, &one.name, "SN", 0);
                let (_, base) = one.definition.split_once(" FOR ").unwrap();
                self.add_to("synonyms", row, json!({"base_object_name": base}));
                return;
            }
            _ => return,
        };
        let parent = one
            .table
            .as_ref()
            .map_or(0, |table| self.numbers[&format!("{}.{table}", schema.name)]);
        let row = self.object(number, schema, &one.name, kind, parent);
        let mut batches = one.definition.split("\nGO\n");
        let definition = batches.next();
        if kind == "V" {
            self.add_to("views", row, json!({}));
            for (at, index) in batches.enumerate() {
                self.index_of_view(number, at, index);
            }
        }
        self.add(
            "sql_modules",
            json!({"object_id": number, "definition": definition}),
        );
    }

    /// An index of a view, by the statement that makes it.
    fn index_of_view(&mut self, view: i64, at: usize, sql: &str) {
        let (head, rest) = sql.split_once(" ON ").unwrap();
        let (_, name) = head.split_once(" INDEX ").unwrap();
        self.add("indexes", json!({
            "object_id": view, "index_id": at + 1, "name": name.trim_matches(['[', ']']), "type": if at == 0 { 1 } else { 2 },
            "is_unique": u8::from(head.contains("UNIQUE")), "data_space_id": 1, "allow_row_locks": 1, "allow_page_locks": 1,
        }));
        let mut place = 0;
        for (included, list) in rest.split('(').skip(1).enumerate() {
            let (columns, _) = list.split_once(')').unwrap();
            for column in columns.split(", ") {
                place += 1;
                let (name, order) = column.split_once(']').unwrap();
                let number = i64::try_from(at).unwrap() * 10 + place;
                self.add("columns", json!({
                    "object_id": view, "column_id": number, "name": name.trim_matches('['), "user_type_id": 56,
                }));
                self.add("index_columns", json!({
                    "object_id": view, "index_id": at + 1, "index_column_id": place, "column_id": number,
                    "key_ordinal": if included == 0 { place } else { 0 }, "partition_ordinal": 0,
                    "is_descending_key": u8::from(order == " DESC"), "is_included_column": u8::from(included > 0),
                }));
            }
        }
    }
}

/// Bytes, digits, digits behind the point.
fn measures(base: &str, arguments: &[String]) -> (i64, i64, i64) {
    let number = |at: usize| {
        arguments
            .get(at)
            .and_then(|one| one.parse().ok())
            .unwrap_or(0)
    };
    let long = arguments.first().is_some_and(|one| one == "max");
    match base {
        _ if long => (-1, 0, 0),
        "nchar" | "nvarchar" => (number(0) * 2, 0, 0),
        "decimal" | "numeric" => (17, number(0), number(1)),
        "datetime2" | "datetimeoffset" | "time" => (8, 0, number(0)),
        _ => (number(0), 0, 0),
    }
}
