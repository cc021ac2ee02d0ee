//! One read-only snapshot of a connection's catalogue, and how queries are run in it.
//!
//! Settings that change how the server prints expressions are fixed for the snapshot only, so nothing has to be put
//! back afterwards.

use std::collections::BTreeMap;

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Decode, Postgres, Row as _, Transaction, Type};

use super::super::version::Version;
use crate::engine::EngineError;

/// Everything is qualified with an empty search path; the rest is what a session could print in another way. Just-in-time
/// compilation costs more than any of these queries.
const SETTINGS: &str = "\
SET LOCAL search_path = '';
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC';
SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1;
SET LOCAL jit = off;";

/// An open snapshot.
pub(super) struct Catalogue<'c> {
    transaction: Transaction<'c, Postgres>,
    version: Version,
    schemas: Vec<Oid>,
}

impl<'c> Catalogue<'c> {
    /// Takes the snapshot.
    pub(super) async fn open(connection: &'c mut PgConnection) -> Result<Self, EngineError> {
        let mut transaction = connection
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
            .map_err(|error| failed("open a snapshot", &error))?;
        sqlx::raw_sql(SETTINGS)
            .execute(&mut *transaction)
            .await
            .map_err(|error| failed("set up the session", &error))?;
        let version: i32 =
            sqlx::query_scalar("SELECT pg_catalog.current_setting('server_version_num')::int4")
                .persistent(false)
                .fetch_one(&mut *transaction)
                .await
                .map_err(|error| failed("read the server's version", &error))?;
        let version = Version(version.unsigned_abs());
        if version < Version::OLDEST {
            return Err(EngineError::new(
                format!("PostgreSQL {} is not supported", version.major()),
                format!("use version {} or newer", Version::OLDEST.major()),
            ));
        }
        Ok(Self {
            transaction,
            version,
            schemas: Vec::new(),
        })
    }

    /// Ends the snapshot, and with it all of its settings.
    pub(super) async fn close(self) -> Result<(), EngineError> {
        self.transaction
            .rollback()
            .await
            .map_err(|error| failed("end the snapshot", &error))
    }

    /// The server's version.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Limits later queries to these schemas: they are the value of `$1`.
    pub(super) fn limit(&mut self, schemas: Vec<Oid>) {
        self.schemas = schemas;
    }

    /// Runs a query whose `$1` is the schemas in question (`oid[]`); `what` completes "can't read …".
    pub(super) async fn rows(
        &mut self,
        what: &'static str,
        sql: String,
    ) -> Result<Vec<Row>, EngineError> {
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(&self.schemas)
            .persistent(false)
            .fetch_all(&mut *self.transaction)
            .await
            .map_err(|error| failed(&format!("read {what}"), &error))?;
        Ok(rows.into_iter().map(|row| Row { row, what }).collect())
    }
}

/// A row of the catalogue.
pub(super) struct Row {
    row: PgRow,
    what: &'static str,
}

impl Row {
    /// A column's value by name.
    pub(super) fn get<'r, T>(&'r self, column: &str) -> Result<T, EngineError>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        self.row
            .try_get(column)
            .map_err(|error| failed(&format!("read {}", self.what), &error))
    }

    /// An object identifier.
    pub(super) fn oid(&self, column: &str) -> Result<u32, EngineError> {
        Ok(self.get::<Oid>(column)?.0)
    }
}

/// Comments on everything that has one.
#[derive(Debug, Default)]
pub(super) struct Comments(BTreeMap<(String, u32, i32), String>);

impl Comments {
    /// Reads them all: those of the system's own objects are left out by their low identifiers.
    pub(super) async fn read(catalogue: &mut Catalogue<'_>) -> Result<Self, EngineError> {
        let sql = "\
SELECT d.classoid::regclass::text AS class, d.objoid AS oid, d.objsubid AS sub, d.description AS text
FROM pg_catalog.pg_description d
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_catalog.pg_namespace'::regclass)
  AND pg_catalog.cardinality($1::oid[]) > 0";
        let mut comments = BTreeMap::new();
        for row in catalogue.rows("comments", sql.to_owned()).await? {
            let key = (row.get("class")?, row.oid("oid")?, row.get("sub")?);
            comments.insert(key, row.get("text")?);
        }
        Ok(Self(comments))
    }

    /// The comment on an object of a catalogue table such as `pg_class`.
    pub(super) fn on(&self, class: &str, oid: u32) -> Option<&str> {
        self.sub(class, oid, 0)
    }

    /// The comment on a column.
    pub(super) fn on_column(&self, relation: u32, number: i16) -> Option<&str> {
        self.sub("pg_class", relation, i32::from(number))
    }

    fn sub(&self, class: &str, oid: u32, sub: i32) -> Option<&str> {
        self.0
            .get(&(class.to_owned(), oid, sub))
            .map(String::as_str)
    }
}

/// A failed step of the inspection, with the server's own words.
fn failed(what: &str, error: &sqlx::Error) -> EngineError {
    match error.as_database_error() {
        Some(database) => EngineError::plain(format!("can't {what}: {}", database.message())),
        None => EngineError::plain(format!("can't {what}: {error}")),
    }
}

/// Something that the catalogue can't say, unless the schema changed while it was read.
pub(super) fn inconsistent(what: &str) -> EngineError {
    EngineError::new(
        format!("the catalogue has {what}"),
        "the schema may have changed while it was read: try again",
    )
}
