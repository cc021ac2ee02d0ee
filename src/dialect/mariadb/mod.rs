//! MariaDB: profile and registry entry. It is read, written and connected to as MySQL is; where the two differ, the
//! sibling decides by the server's own word.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::mysql::connect::MyDriver;
use super::mysql::server::Product;
use super::mysql::{
    TYPES, adopt, ddl, errors, forget_rows, holds_back, normalize, refuses_keys, strip,
};
use crate::config::url::DbUrl;
use crate::dialect::{Dialect, ModelSql, Profile, RenderContext, Strip};
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, Session, dev};
use crate::plan::order::OrderRules;
use crate::plan::{PlanError, Step};
use crate::schema::Realm;
use crate::schema::change::Change;
use crate::sql::{ScanOptions, Statement};

static PROFILE: Profile = Profile {
    name: "mariadb",
    display: "MariaDB",
    quote: '`',
    schemes: &["mariadb", "mariadb+unix", "maria", "maria+unix"],
    aliases: &["maria"],
    images: Product::MariaDb.images(),
    scan: ScanOptions::MYSQL,
    fills_new_columns: true,
    types: TYPES,
    order: OrderRules {
        forward_foreign_keys: false,
        schema_wide_names: Product::MariaDb.schema_wide_names(),
        renames: false,
        parents: |_| Vec::new(),
        retype_needs_detach: |from, to| holds_back(from, to, Product::MariaDb),
        remade: refuses_keys,
        remade_columns: |_| BTreeSet::new(),
        leads: |_| None,
    },
    models: ModelSql {
        names: &["mariadb", "mysql"],
        doubles_percent: true,
        marks: &["AUTO_INCREMENT"],
        takes: &["SERIAL"],
    },
    errors: errors::ERRORS,
};

/// MariaDB 10.6 and newer.
#[derive(Debug)]
pub struct MariaDb;

#[async_trait]
impl Dialect for MariaDb {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn normalize(&self, current: &mut Realm, desired: &mut Realm) {
        normalize(current, desired, Product::MariaDb);
    }

    fn adopt(&self, current: &Realm, desired: &mut Realm, spoken: &[Statement]) {
        adopt(current, desired, spoken);
    }

    fn strip(&self, state: &Strip<'_>) -> Vec<String> {
        strip(state)
    }

    fn forget_rows(&self, live: &mut Realm) {
        forget_rows(live);
    }

    fn render(&self, change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
        ddl::render(change, context, Product::MariaDb)
    }

    fn settle(&self, url: &DbUrl, migrations: &[Statement]) -> Option<DbUrl> {
        MyDriver(Product::MariaDb).settle(url, migrations)
    }

    async fn open_dev(
        &self,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError> {
        dev::open(MyDriver(Product::MariaDb), url, attendant).await
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        dev::read(MyDriver(Product::MariaDb), url).await
    }
}
