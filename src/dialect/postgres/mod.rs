//! PostgreSQL: profile and registry entry. `inspect` reads the catalogue, `normalize` says what counts as equal, `adopt`
//! what is left to the migrations, `ddl` writes changes, `connect` opens servers and leaves them as found.

mod adopt;
mod alike;
mod attrs;
mod connect;
mod ddl;
mod errors;
mod family;
mod impact;
mod inherit;
mod inspect;
mod manner;
mod names;
mod normalize;
mod overlook;
mod quote;
mod restate;
mod sequence;
mod strip;
mod version;

use async_trait::async_trait;

use crate::config::url::DbUrl;
use crate::dialect::impact::{Impact, Surroundings};
use crate::dialect::revisions::{Limit, Revisions};
use crate::dialect::{Dialect, ModelSql, Profile, RenderContext, Role, Setup, Strip, Types};
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, Session, dev};
use crate::plan::order::OrderRules;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Change, ModifyTable};
use crate::schema::{ObjectName, Realm};
use crate::sql::{ScanOptions, Statement};
use connect::PgDriver;

static PROFILE: Profile = Profile {
    name: "postgres",
    display: "PostgreSQL",
    quote: '"',
    schemes: &["postgres", "postgresql"],
    aliases: &["postgresql"],
    images: connect::IMAGES,
    scan: ScanOptions::POSTGRES,
    fills_new_columns: false,
    keeps_locks: true,
    hides: false,
    types: Types {
        plain: &[
            &[&["smallint"], &["integer"], &["bigint"]],
            &[&["real"], &["double precision"]],
        ],
        texts: &[&["character varying"], &["text"]],
        fit: |_, _| None,
    },
    order: OrderRules {
        forward_foreign_keys: false,
        cascades_once: false,
        default_name: None,
        schema_wide_names: names::SCHEMA_WIDE,
        renames: true,
        parents: inherit::parents,
        retype_needs_detach: |from, to| family::of(&from.ty) != family::of(&to.ty),
        remade: |_| false,
        remade_columns: ddl::remade_columns,
        leads: ddl::leads,
        texts: ddl::TEXTS,
    },
    models: ModelSql {
        names: &["postgresql"],
        doubles_percent: true,
        marks: &["SERIAL", "BIGSERIAL", "SMALLSERIAL"],
        takes: &[],
    },
    setup: Setup {
        drivers: &[
            "psycopg",
            "psycopg2",
            "psycopg2-binary",
            "asyncpg",
            "pg8000",
        ],
        program: Some(("postgres", &["/usr/lib/postgresql/*/bin"])),
        dev: None,
        version: "17",
        one_schema: "?search_path=public",
        service: "    services:
      # Empty and disposable. Its name is its host name for the Action.
      postgres:
        image: postgres:17
        env:
          POSTGRES_HOST_AUTH_METHOD: trust # reachable by this job alone
          POSTGRES_DB: dev
",
        service_url: "postgres://postgres@postgres:5432/dev?search_path=public&sslmode=disable",
    },
    errors: errors::ERRORS,
    revisions: Revisions {
        columns: r#""version" character varying NOT NULL, "description" character varying NOT NULL, "type" bigint NOT NULL DEFAULT 2, "applied" bigint NOT NULL DEFAULT 0, "total" bigint NOT NULL DEFAULT 0, "executed_at" timestamptz NOT NULL, "execution_time" bigint NOT NULL, "error" text NULL, "error_stmt" text NULL, "hash" character varying NOT NULL, "partial_hashes" jsonb NULL, "operator_version" character varying NOT NULL, PRIMARY KEY ("version")"#,
        options: "",
        make_table: "CREATE TABLE IF NOT EXISTS {table}",
        make_schema: "CREATE SCHEMA IF NOT EXISTS {schema}",
        literal: quote::literal,
        begin: "BEGIN",
        unchecked: "",
        violations: "",
        settle: "",
        strict: "",
        server_lock: false,
        limit: Limit::Setting(|milliseconds| format!("SET statement_timeout = {milliseconds}")),
    },
};

/// PostgreSQL 13 and newer.
#[derive(Debug)]
pub struct Postgres;

#[async_trait]
impl Dialect for Postgres {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn normalize(&self, current: &mut Realm, desired: &mut Realm) {
        normalize::normalize(current, desired);
    }

    fn restate(
        &self,
        change: &ModifyTable,
        current: &Realm,
        desired: &Realm,
    ) -> Option<ModifyTable> {
        restate::restate(change, current, desired)
    }

    fn adopt(&self, current: &Realm, desired: &mut Realm, spoken: &[Statement]) {
        adopt::adopt(current, desired, spoken);
    }

    fn numbered_by(&self, table: &str, column: &str) -> Option<String> {
        Some(inspect::sequences::serial_name(table, column))
    }

    fn strip(&self, state: &Strip<'_>) -> Vec<String> {
        strip::strip(state)
    }

    fn overlook(&self, live: &mut Realm, expected: &Realm) -> Vec<String> {
        overlook::overlook(live, expected)
    }

    fn broken(&self, live: &mut Realm, expected: &Realm) -> Vec<String> {
        overlook::broken(live, expected)
    }

    fn prune(&self, state: &Strip<'_>) -> Vec<String> {
        strip::prune(state)
    }

    fn render(&self, change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
        ddl::render(change, context)
    }

    fn impact(&self, change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
        impact::impact(change, around)
    }

    fn remade(&self, tables: &[ObjectName], _around: &Surroundings<'_>) -> Vec<Impact> {
        impact::remade(tables)
    }

    async fn open_dev(
        &self,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError> {
        dev::open(PgDriver, url, attendant).await
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        dev::read(PgDriver, url).await
    }

    async fn live(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        dev::live(PgDriver, url).await
    }

    fn role(&self, text: &str) -> Role {
        connect::class::role(text)
    }
}
