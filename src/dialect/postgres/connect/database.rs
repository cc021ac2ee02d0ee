//! Databases that are made for states, and what marks them as ours.

use sqlx::postgres::PgConnection;

use super::link;
use super::settings::Target;
use crate::engine::EngineError;
use crate::engine::run::Run;

/// First number of our advisory locks: a run's own has the run's number as its second.
pub(super) const LOCK_RUN: i32 = 0x7472_7570;
/// Prefix of a database's comment, before the run that created it.
pub(super) const MARK: &str = "trueup dev database: run ";

/// Makes the schema that states are limited to.
pub(super) async fn make_schema(
    connection: &mut PgConnection,
    target: &Target,
    schema: &str,
) -> Result<(), EngineError> {
    let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", link::quote(schema));
    let made = link::run(connection, sql).await;
    made.map_err(|error| link::failed(target, "make the schema of `search_path`", &error))
}

/// Marks everything that carries the run's number as in use, for as long as the connection lives.
pub(super) async fn lock(connection: &mut PgConnection, run: &Run) -> Result<(), sqlx::Error> {
    let number = run.number();
    let sql = format!("SELECT pg_catalog.pg_advisory_lock_shared({LOCK_RUN}, x'{number}'::int)");
    link::run(connection, sql).await
}

pub(super) fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", link::quote(name))
}

/// Makes a database, in whose comment the run stands.
pub(super) async fn make(
    admin: &mut PgConnection,
    name: &str,
    run: &Run,
    options: &str,
) -> Result<(), sqlx::Error> {
    let quoted = link::quote(name);
    link::run(admin, format!("CREATE DATABASE {quoted} {options}")).await?;
    let mark = link::literal(&format!("{MARK}{}", run.describe()));
    let marked = link::run(admin, format!("COMMENT ON DATABASE {quoted} IS {mark}")).await;
    if marked.is_err() {
        let _ = link::run(admin, drop_database(name)).await;
    }
    marked
}
