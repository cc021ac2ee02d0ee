//! MySQL: profile and registry entry, and what MariaDB shares with it.
//!
//! `inspect` reads the catalogue, `ddl` writes changes, `connect` opens servers and leaves them as found. Both products
//! go through the same code: which one a server is, and what its version can do, is its own word, kept in the realm
//! and asked of `server`.

mod attrs;
pub(super) mod connect;
pub(super) mod ddl;
pub(super) mod errors;
mod inspect;
mod normal;
pub(super) mod server;
mod types;

use async_trait::async_trait;

use crate::config::url::DbUrl;
use crate::dialect::{Dialect, ModelSql, Profile, RenderContext};
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, Session};
use crate::plan::order::{NameKind, OrderRules};
use crate::plan::{PlanError, Step};
use crate::schema::change::Change;
use crate::schema::{Column, Realm};
use crate::sql::ScanOptions;
use server::Product;

/// The table or database by which a run knows what a killed one left.
const MARKER: &str = "trueup_run";

static PROFILE: Profile = Profile {
    name: "mysql",
    display: "MySQL",
    quote: '`',
    schemes: &["mysql", "mysql+unix"],
    aliases: &[],
    images: Product::MySql.images(),
    scan: ScanOptions::MYSQL,
    order: OrderRules {
        forward_foreign_keys: false,
        schema_wide_names: &[NameKind::ForeignKey, NameKind::Check],
        renames: false,
        parents: |_| Vec::new(),
        retype_needs_detach: holds_back,
    },
    models: ModelSql {
        names: &["mysql", "mariadb"],
        doubles_percent: true,
        marks: &["AUTO_INCREMENT"],
    },
    errors: errors::ERRORS,
};

/// A foreign key refuses that a column of it changes in a way that could change its values: another type but for a
/// longer variable one, another collation, or NULL no longer allowed.
pub(super) fn holds_back(from: &Column, to: &Column) -> bool {
    let longer = || {
        let length = |ty: &str| -> Option<u32> {
            ty.strip_prefix("varchar(")?.strip_suffix(')')?.parse().ok()
        };
        length(&from.ty.name)
            .zip(length(&to.ty.name))
            .is_some_and(|(from, to)| from <= to)
    };
    (from.ty != to.ty && !longer())
        || from.collation != to.collation
        || (from.nullable && !to.nullable)
}

/// Makes two states comparable.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm) {
    normal::normalize(current, desired);
}

/// What rows leave in a schema, for both.
pub(super) fn forget_rows(live: &mut Realm) {
    normal::forget_rows(live);
}

/// MySQL 8.0 and newer.
#[derive(Debug)]
pub struct MySql;

#[async_trait]
impl Dialect for MySql {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn normalize(&self, current: &mut Realm, desired: &mut Realm) {
        normalize(current, desired);
    }

    fn forget_rows(&self, live: &mut Realm) {
        forget_rows(live);
    }

    fn render(&self, change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
        ddl::render(change, context, Product::MySql)
    }

    async fn open_dev(
        &self,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError> {
        connect::open_dev(url, Product::MySql, attendant).await
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        connect::connect(url).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_hold_back_what_could_change_values() {
        let column = |ty: &str, nullable| Column::plain("a", ty, nullable);
        let held = |from: (&str, bool), to: (&str, bool)| {
            holds_back(&column(from.0, from.1), &column(to.0, to.1))
        };
        assert!(held(("int", false), ("bigint", false)));
        assert!(held(("int", true), ("int", false)));
        assert!(held(("varchar(30)", false), ("varchar(20)", false)));
        assert!(!held(("varchar(30)", false), ("varchar(40)", false)));
        assert!(!held(("int", false), ("int", true)));
    }
}
