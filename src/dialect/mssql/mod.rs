//! SQL Server: profile and registry entry. `parse` reads T-SQL, `replay` follows it on the schema model without a server,
//! `connect` opens servers, `inspect` reads a database with both, `normalize` says what counts as equal, `ddl` writes changes,
//! `text` takes definitions apart, `write` has the spelling of names.

mod adopt;
mod attrs;
mod connect;
mod ddl;
mod errors;
mod fit;
mod impact;
mod inspect;
mod meaning;
mod normalize;
mod offline;
mod parse;
mod replay;
mod text;
mod write;

use async_trait::async_trait;

use crate::config::url::DbUrl;
use crate::dialect::impact::{Impact, Surroundings};
use crate::dialect::revisions::{Limit, Revisions};
use crate::dialect::{Dialect, ModelSql, Profile, Reach, RenderContext, Role, Setup, Types};
use crate::engine::attend::Attendant;
use crate::engine::offline::{is_offline, nothing_behind};
use crate::engine::{DevDatabase, EngineError, Session, dev};
use crate::plan::order::{NameKind, OrderRules};
use crate::plan::{PlanError, Step};
use crate::schema::Realm;
use crate::schema::change::Change;
use crate::sql::{ScanOptions, Statement};

use connect::MsDriver;

static PROFILE: Profile = Profile {
    name: "mssql",
    display: "SQL Server",
    quote: '"',
    schemes: &["sqlserver", "mssql", "azuresql"],
    aliases: &["sqlserver"],
    images: connect::IMAGES,
    scan: ScanOptions::MSSQL,
    fills_new_columns: false,
    keeps_locks: true,
    hides: false,
    types: Types {
        plain: &[
            &[&["bit"], &["tinyint"], &["smallint"], &["int"], &["bigint"]],
            &[&["real"], &["float"]],
            &[&["smallmoney"], &["money"]],
            &[&["smalldatetime"], &["datetime"], &["datetime2"]],
        ],
        texts: &[&["varchar"], &["nvarchar"]],
        fit: fit::fit,
    },
    order: OrderRules {
        forward_foreign_keys: false,
        cascades_once: true,
        default_name: Some(attrs::DEFAULT_NAME),
        schema_wide_names: &[
            NameKind::PrimaryKey,
            NameKind::Unique,
            NameKind::ForeignKey,
            NameKind::Check,
        ],
        renames: true,
        parents: |_| Vec::new(),
        retype_needs_detach: ddl::is_altered,
        remade: ddl::is_remade,
        remade_columns: ddl::recomputed,
        leads: |_| None,
        texts: ddl::TEXTS,
    },
    models: ModelSql {
        names: &["mssql"],
        doubles_percent: false,
        // Its own words are types that SQLite takes, and IDENTITY is PostgreSQL's as well.
        marks: &[],
        takes: &[],
    },
    setup: Setup {
        drivers: &["pyodbc", "pymssql", "aioodbc", "mssql-python"],
        // Its own image is the heaviest of all.
        program: Some(("sqlservr", &["/opt/mssql/bin"])),
        dev: Some("offline://mssql/2022"),
        version: "2022",
        one_schema: "",
        service: "",
        service_url: "",
    },
    errors: errors::ERRORS,
    revisions: Revisions {
        columns: "[version] nvarchar(255) NOT NULL, [description] nvarchar(MAX) NOT NULL, [type] bigint NOT NULL DEFAULT 2, [applied] bigint NOT NULL DEFAULT 0, [total] bigint NOT NULL DEFAULT 0, [executed_at] datetimeoffset NOT NULL, [execution_time] bigint NOT NULL, [error] nvarchar(MAX) NULL, [error_stmt] nvarchar(MAX) NULL, [hash] nvarchar(MAX) NOT NULL, [partial_hashes] nvarchar(MAX) NULL, [operator_version] nvarchar(MAX) NOT NULL, PRIMARY KEY ([version])",
        options: "",
        make_table: "IF OBJECT_ID(N'{table}', N'U') IS NULL CREATE TABLE {table}",
        make_schema: "IF SCHEMA_ID(PARSENAME(N'{schema}', 1)) IS NULL EXEC (N'CREATE SCHEMA {schema}')",
        literal: write::literal,
        begin: "BEGIN TRANSACTION",
        unchecked: "",
        violations: "",
        settle: "",
        strict: "",
        server_lock: false,
        // KILL ends the connection, and not its statement alone.
        limit: Limit::None,
    },
};

/// SQL Server 2017 and newer, and Azure SQL.
#[derive(Debug)]
pub struct Mssql;

#[async_trait]
impl Dialect for Mssql {
    fn adopt(&self, current: &Realm, desired: &mut Realm, spoken: &[Statement]) {
        adopt::adopt(current, desired, spoken);
    }

    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn is_offline(&self) -> bool {
        true
    }

    fn answers_programs(&self) -> bool {
        false
    }

    fn normalize(&self, current: &mut Realm, desired: &mut Realm) {
        normalize::normalize(current, desired);
    }

    fn render(&self, change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
        ddl::render(change, context)
    }

    fn enclose(
        &self,
        steps: Vec<Step>,
        changes: &[Change],
        context: &RenderContext<'_>,
    ) -> Vec<Step> {
        ddl::enclose(steps, changes, context)
    }

    fn impact(&self, change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
        impact::impact(change, around)
    }

    fn reach(&self, url: &DbUrl) -> Result<Reach, EngineError> {
        offline::reach(url)
    }

    async fn open_dev(
        &self,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError> {
        match is_offline(url) {
            true => offline::open(url),
            false => dev::open(MsDriver, url, attendant).await,
        }
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        match is_offline(url) {
            true => Err(nothing_behind(
                url,
                "sqlserver://user@host:1433?database=app",
            )),
            false => dev::read(MsDriver, url).await,
        }
    }

    async fn live(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        match is_offline(url) {
            true => Err(nothing_behind(
                url,
                "sqlserver://user@host:1433?database=app",
            )),
            false => dev::live(MsDriver, url).await,
        }
    }

    fn role(&self, text: &str) -> Role {
        connect::role(text)
    }
}
