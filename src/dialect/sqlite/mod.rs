//! SQLite: profile and registry entry.

use async_trait::async_trait;

use crate::config::url::DbUrl;
use crate::dialect::{Dialect, Profile, RenderContext};
use crate::engine::{DevDatabase, EngineError, Session};
use crate::plan::order::{NameKind, OrderRules};
use crate::plan::{PlanError, Step};
use crate::schema::change::Change;
use crate::sql::ScanOptions;

static PROFILE: Profile = Profile {
    name: "sqlite",
    display: "SQLite",
    schemes: &["sqlite"],
    aliases: &["sqlite3"],
    scan: ScanOptions::SQLITE,
    order: OrderRules {
        forward_foreign_keys: true,
        schema_wide_names: &[NameKind::Index],
        retype_needs_detach: |_, _| false,
    },
};

/// SQLite 3, compiled in.
#[derive(Debug)]
pub struct Sqlite;

#[async_trait]
impl Dialect for Sqlite {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn render(
        &self,
        _change: &Change,
        _context: &RenderContext<'_>,
    ) -> Result<Vec<Step>, PlanError> {
        Ok(Vec::new())
    }

    async fn open_dev(&self, url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
        Err(EngineError::plain(format!("can't open {url}")))
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        Err(EngineError::plain(format!("can't open {url}")))
    }
}
