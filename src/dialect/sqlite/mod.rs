//! SQLite: profile and registry entry. `connect` opens databases, `inspect` reads them, `parse` reads the text of their
//! definitions, `replay` follows scripts without opening any, `normalize` says what counts as equal, `ddl` writes changes.

mod attrs;
mod connect;
mod ddl;
mod impact;
mod inspect;
mod normalize;
mod parse;
mod replay;
mod sandbox;

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::config::url::DbUrl;
use crate::dialect::impact::{Impact, Surroundings};
use crate::dialect::revisions::{Limit, Revisions};
use crate::dialect::{
    Dialect, Errors, ModelSql, Profile, Reach, RenderContext, Role, Setup, Types,
};
use crate::engine::attend::Attendant;
use crate::engine::offline::{Offline, is_offline, nothing_behind};
use crate::engine::{DevDatabase, EngineError, Session};
use crate::plan::order::{NameKind, OrderRules, TextRules};
use crate::plan::{PlanError, Step};
use crate::schema::Realm;
use crate::schema::change::Change;
use crate::sql::ScanOptions;

static PROFILE: Profile = Profile {
    name: "sqlite",
    display: "SQLite",
    quote: '`',
    schemes: &["sqlite", "sqlite3"],
    aliases: &["sqlite3"],
    images: &[],
    scan: ScanOptions::SQLITE,
    fills_new_columns: false,
    keeps_locks: false,
    hides: false,
    // It takes any name for a type; these are what models for other databases call theirs.
    types: Types {
        plain: &[
            &[
                &["tinyint"],
                &["smallint", "int2"],
                &["mediumint"],
                &["int", "integer", "int4"],
                &["bigint", "int8"],
            ],
            &[
                &["tinyint unsigned"],
                &["smallint unsigned"],
                &["mediumint unsigned"],
                &["int unsigned", "integer unsigned"],
                &["bigint unsigned"],
            ],
            &[&["real", "float"], &["double precision", "double"]],
        ],
        fit: |_, _| None,
        texts: &[
            &["varchar", "character varying", "nvarchar"],
            &["text"],
            &["mediumtext"],
            &["longtext"],
        ],
    },
    order: OrderRules {
        forward_foreign_keys: true,
        cascades_once: false,
        default_name: None,
        schema_wide_names: &[NameKind::Index],
        renames: false,
        parents: |_| Vec::new(),
        retype_needs_detach: |_, _| false,
        remade: |_| false,
        remade_columns: |_| BTreeSet::new(),
        leads: |_| None,
        texts: TextRules {
            planned: &["trigger", "view"],
            ..TextRules::NONE
        },
    },
    models: ModelSql {
        names: &["sqlite"],
        doubles_percent: false,
        marks: &["AUTOINCREMENT"],
        takes: &[],
    },
    setup: Setup {
        drivers: &["aiosqlite"],
        program: None,
        dev: Some("sqlite://dev?mode=memory"),
        version: "",
        one_schema: "",
        service: "",
        service_url: "",
    },
    errors: Errors {
        absent: &[],
        no_schema: "",
        denied: &[],
        exists: &["already exists", "duplicate column name"],
        gone: &["no such "],
        held: &[],
        reasons: &[
            ("19", Errors::DATA),
            ("275", Errors::DATA),
            ("787", Errors::DATA),
            ("1299", Errors::DATA),
            ("1555", Errors::DATA),
            ("2067", Errors::DATA),
        ],
        bundled: &[],
    },
    revisions: Revisions {
        columns: "`version` text NOT NULL, `description` text NOT NULL, `type` integer NOT NULL DEFAULT (2), `applied` integer NOT NULL DEFAULT (0), `total` integer NOT NULL DEFAULT (0), `executed_at` datetime NOT NULL, `execution_time` integer NOT NULL, `error` text NULL, `error_stmt` text NULL, `hash` text NOT NULL, `partial_hashes` json NULL, `operator_version` text NOT NULL, PRIMARY KEY (`version`)",
        options: "",
        make_table: "CREATE TABLE IF NOT EXISTS {table}",
        make_schema: "",
        literal: connect::literal,
        begin: "BEGIN IMMEDIATE",
        unchecked: "PRAGMA foreign_keys = OFF",
        violations: "PRAGMA foreign_key_check",
        settle: "",
        strict: "",
        server_lock: false,
        limit: Limit::None,
    },
};

/// A database that can be read.
const FILE: &str = "sqlite://path/to/file.db";

/// SQLite 3, compiled in.
#[derive(Debug)]
pub struct Sqlite;

#[async_trait]
impl Dialect for Sqlite {
    fn profile(&self) -> &'static Profile {
        &PROFILE
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

    fn is_offline(&self) -> bool {
        true
    }

    fn reach(&self, url: &DbUrl) -> Result<Reach, EngineError> {
        match is_offline(url) {
            true => Ok(Reach::Private),
            false => connect::reach(url),
        }
    }

    fn impact(&self, change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
        impact::impact(change, around)
    }

    async fn open_dev(
        &self,
        url: &DbUrl,
        _attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError> {
        if !is_offline(url) {
            return connect::open_dev(url).await;
        }
        url.check_authority()?;
        url.check_params(&[])?;
        match url.path().trim_matches('/') {
            "" => Ok(Box::new(Offline::new(
                replay::State::default(),
                Some(inspect::SCHEMA.to_owned()),
            ))),
            other => Err(EngineError::new(
                format!("{url}: SQLite has no versions to choose from, such as `{other}`"),
                "write `offline://sqlite`",
            )),
        }
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        match is_offline(url) {
            true => Err(nothing_behind(url, FILE)),
            false => connect::connect(url).await,
        }
    }

    async fn live(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        match is_offline(url) {
            true => Err(nothing_behind(url, FILE)),
            false => connect::live(url).await,
        }
    }

    fn role(&self, text: &str) -> Role {
        sandbox::role(text)
    }
}
