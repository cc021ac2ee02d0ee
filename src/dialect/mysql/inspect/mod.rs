//! Reads MySQL's and MariaDB's catalogue into the schema model.
//!
//! Six queries say what there is; then `SHOW CREATE` of everything is asked for in large batches. [`create`] and
//! [`mod@column`] read tables, what is not a table becomes an [`TextObject`].

mod column;
mod create;
mod cursor;
mod lex;

use std::collections::BTreeMap;

use sqlx::MySqlConnection;

use super::head::{self, Head};
use super::query::{self, Row, quote};
use super::server::Server;
use super::{MARKER, attrs, definer};
use crate::engine::{EngineError, InspectOptions};
use crate::schema::{Attrs, Realm, Schema, TextObject};
use crate::sql::Rules;
use crate::sql::token;

/// Schemas that a server has of its own.
pub(super) const SYSTEM: &str =
    "'information_schema', 'mysql', 'performance_schema', 'sys', 'ndbinfo'";
/// `SHOW CREATE` statements of one round trip.
const BATCH: usize = 100;
/// Settings on which the text of `SHOW CREATE` depends.
const SETTINGS: &str = "SET @trueup_sql_mode = @@SESSION.sql_mode, SESSION sql_mode = '', SESSION sql_quote_show_create = 1";
const SETTINGS_BACK: &str = "SET SESSION sql_mode = @trueup_sql_mode";

/// What `SHOW CREATE` is asked for.
#[derive(Clone, Debug)]
struct Object {
    schema: String,
    name: String,
    kind: ObjectKind,
    /// Table of a trigger.
    table: Option<String>,
    /// The trigger that it runs behind.
    follows: Option<String>,
    /// Text that says only when the object was made, and is not part of it.
    made: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ObjectKind {
    Table,
    View,
    Sequence,
    Procedure,
    Function,
    Package,
    PackageBody,
    Trigger,
    Event,
}

impl ObjectKind {
    /// As the statement calls it.
    fn words(self) -> &'static str {
        match self {
            Self::Table => "TABLE",
            Self::View => "VIEW",
            Self::Sequence => "SEQUENCE",
            Self::Procedure => "PROCEDURE",
            Self::Function => "FUNCTION",
            Self::Package => "PACKAGE",
            Self::PackageBody => "PACKAGE BODY",
            Self::Trigger => "TRIGGER",
            Self::Event => "EVENT",
        }
    }

    /// Column of the answer that holds the text.
    fn column(self) -> usize {
        match self {
            Self::Table | Self::View | Self::Sequence => 1,
            Self::Procedure | Self::Function | Self::Package | Self::PackageBody => 2,
            Self::Trigger => 2,
            Self::Event => 3,
        }
    }
}

/// The one schema that is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// Its name on the server.
    pub(super) database: &'a str,
    /// The name that it is given in the model.
    pub(super) name: &'a str,
}

/// Reads the schemas that a connection sees, or the one that it is limited to.
pub(super) async fn inspect(
    connection: &mut MySqlConnection,
    server: Server,
    scope: Option<Scope<'_>>,
    options: &InspectOptions,
) -> Result<Realm, EngineError> {
    let failed = |error: sqlx::Error| {
        EngineError::plain(format!(
            "can't read the schema of {}: {}",
            server.text(),
            query::said(&error)
        ))
    };
    query::run(connection, SETTINGS).await.map_err(failed)?;
    let read = read(connection, server, scope, options).await;
    query::run(connection, SETTINGS_BACK)
        .await
        .map_err(failed)?;
    let realm = read.map_err(failed)?;
    Ok(realm)
}

async fn read(
    connection: &mut MySqlConnection,
    server: Server,
    scope: Option<Scope<'_>>,
    options: &InspectOptions,
) -> Result<Realm, sqlx::Error> {
    let wanted = Wanted { scope, options };
    let collations = query::rows(
        connection,
        "SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME FROM information_schema.CHARACTER_SETS",
    )
    .await?
    .iter()
    .map(|row| (row.text(0), row.text(1)))
    .collect::<Attrs>();
    let schemas = query::rows(
        connection,
        format!(
            "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME{} FROM information_schema.SCHEMATA \
             WHERE {} ORDER BY 1",
            if server.maria() { ", SCHEMA_COMMENT" } else { "" },
            wanted.condition("SCHEMA_NAME")
        ),
    )
    .await?;
    let mut found: BTreeMap<String, Schema> = BTreeMap::new();
    for row in &schemas {
        let mut schema = schema(row);
        if let Some(scope) = scope {
            scope.name.clone_into(&mut schema.name);
        }
        found.insert(row.text(0), schema);
    }
    let objects = objects(connection, &wanted).await?;
    for batch in objects.chunks(BATCH) {
        let sql: Vec<String> = batch
            .iter()
            .map(|object| {
                format!(
                    "SHOW CREATE {} {}.{}",
                    object.kind.words(),
                    quote(&object.schema),
                    quote(&object.name)
                )
            })
            .collect();
        let rows = query::rows(connection, sql.join(";\n")).await?;
        for (object, row) in batch.iter().zip(&rows) {
            if let Some(schema) = found.get_mut(&object.schema) {
                let text = row.optional(object.kind.column()).unwrap_or_default();
                let mode = match object.kind {
                    ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence => String::new(),
                    _ => row.text(1),
                };
                place(
                    object,
                    [wanted.named(text), mode],
                    schema,
                    server,
                    &collations,
                );
            }
        }
    }
    let mut schemas: Vec<Schema> = found.into_values().collect();
    for schema in &mut schemas {
        schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
        schema.texts.sort();
    }
    Ok(Realm {
        schemas,
        texts: Vec::new(),
        server: server.attrs(),
    })
}

/// Which schemas are read.
struct Wanted<'a> {
    scope: Option<Scope<'a>>,
    options: &'a InspectOptions,
}

impl Wanted<'_> {
    fn condition(&self, column: &str) -> String {
        if let Some(scope) = self.scope {
            return format!("{column} = {}", query::literal(scope.database));
        }
        let mut condition = format!("{column} NOT IN ({SYSTEM}, '{MARKER}')");
        if !self.options.schemas.is_empty() {
            let names: Vec<String> = self
                .options
                .schemas
                .iter()
                .map(|name| query::literal(name))
                .collect();
            condition.push_str(&format!(" AND {column} IN ({})", names.join(", ")));
        }
        condition
    }

    /// A text of the server in which the one schema has the name that it is given.
    fn named(&self, text: String) -> String {
        match self.scope {
            Some(scope) if scope.database != scope.name => {
                renamed(&text, scope.database, scope.name)
            }
            _ => text,
        }
    }
}

fn schema(row: &Row) -> Schema {
    Schema {
        name: row.text(0),
        comment: row.optional(3).filter(|text| !text.is_empty()),
        attrs: Attrs::from([
            (attrs::CHARSET, row.text(1)),
            (attrs::COLLATION, row.text(2)),
        ]),
        ..Schema::default()
    }
}

async fn objects(
    connection: &mut MySqlConnection,
    wanted: &Wanted<'_>,
) -> Result<Vec<Object>, sqlx::Error> {
    let mut found = Vec::new();
    let object = |row: &Row, kind| Object {
        schema: row.text(0),
        name: row.text(1),
        kind,
        table: None,
        follows: None,
        made: None,
    };
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE {} ORDER BY 1, 2",
        wanted.condition("TABLE_SCHEMA")
    );
    for row in query::rows(connection, sql).await? {
        let kind = match row.text(2).as_str() {
            "VIEW" | "SYSTEM VIEW" => ObjectKind::View,
            "SEQUENCE" => ObjectKind::Sequence,
            kind if kind.contains("TEMPORARY") => continue,
            _ => ObjectKind::Table,
        };
        if row.text(1) != MARKER {
            found.push(object(&row, kind));
        }
    }
    let sql = format!(
        "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES WHERE {} ORDER BY 1, 2, 3",
        wanted.condition("ROUTINE_SCHEMA")
    );
    for row in query::rows(connection, sql).await? {
        let kind = match row.text(2).as_str() {
            "PROCEDURE" => ObjectKind::Procedure,
            "PACKAGE" => ObjectKind::Package,
            "PACKAGE BODY" => ObjectKind::PackageBody,
            _ => ObjectKind::Function,
        };
        found.push(object(&row, kind));
    }
    let sql = format!(
        "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION FROM \
         information_schema.TRIGGERS WHERE {} ORDER BY 1, 3, 4, 5, ACTION_ORDER",
        wanted.condition("TRIGGER_SCHEMA")
    );
    let rows = query::rows(connection, sql).await?;
    let group = |row: &Row| [0, 2, 3, 4].map(|column| row.text(column));
    for (place, row) in rows.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| &rows[place]);
        let before = before.filter(|before| group(before) == group(row));
        found.push(Object {
            table: row.optional(2),
            follows: before.map(|before| before.text(1)),
            ..object(row, ObjectKind::Trigger)
        });
    }
    let sql = format!(
        "SELECT EVENT_SCHEMA, EVENT_NAME, IF(ABS(TIMESTAMPDIFF(SECOND, CREATED, STARTS)) <= 2, CAST(STARTS AS CHAR), \
         NULL) FROM information_schema.EVENTS WHERE {} ORDER BY 1, 2",
        wanted.condition("EVENT_SCHEMA")
    );
    for row in query::rows(connection, sql).await? {
        found.push(Object {
            made: row
                .optional(2)
                .map(|at| format!(" STARTS '{}'", at.split('.').next().unwrap_or(&at))),
            ..object(&row, ObjectKind::Event)
        });
    }
    Ok(found)
}

/// Puts what `SHOW CREATE` said in its schema: a text, and the SQL mode that it is read with.
fn place(
    object: &Object,
    [text, mode]: [String; 2],
    schema: &mut Schema,
    server: Server,
    collations: &Attrs,
) {
    if object.kind == ObjectKind::Table {
        let name = schema.name.clone();
        let context = cursor::Context {
            server,
            schema: &name,
            collations,
        };
        if let Some(table) = create::table(&text, context) {
            schema.tables.push(table);
            return;
        }
    }
    // Of a routine whose body is one statement the server keeps the end of the statement, where that was sent.
    let mut definition = definer::strip(text.trim_end().trim_end_matches(';'));
    if let Some(made) = &object.made {
        definition = definition.replacen(made.as_str(), "", 1);
    }
    // MariaDB keeps a trigger as it was written, with the schema that it may have been written with.
    if object.kind == ObjectKind::Trigger
        && let Some(head) = Head::of(&definition)
    {
        definition = head.qualified(&definition, &[&object.schema, &schema.name], None);
    }
    if let Some(trigger) = Head::of(&definition).and_then(|head| head.trigger) {
        definition = trigger.settled(&definition);
        if let Some(previous) = &object.follows {
            definition = trigger.placed(&definition, "FOLLOWS", previous);
        }
    }
    if definition.is_empty() {
        // A routine whose text the user may not see.
        definition = format!("{} {}", object.kind.words(), object.name);
    } else {
        definition = head::with_mode(definition, &mode);
    }
    schema.texts.push(TextObject {
        kind: object.kind.words().to_lowercase(),
        name: object.name.clone(),
        table: object.table.clone(),
        definition,
    });
}

/// The text of a server with a schema's name in place of the database's, where that qualifies something.
fn renamed(text: &str, database: &str, schema: &str) -> String {
    let (from, to) = (quote(database), quote(schema));
    token::requalified(
        text,
        &Rules::MYSQL,
        |token| token.text == from,
        |_| Some(to.clone()),
    )
}

#[cfg(test)]
mod tests;
