//! The desired state on the migrations' own objects: models depend on extensions, schemas, types, functions and sequences
//! that only migrations make.
//!
//! The state that the directory built is taken for that: what the models make themselves is taken out of it, and their SQL
//! is run on the rest. So it costs nothing where nothing is needed, and no more than that SQL where nothing is to be planned.

use super::PipelineError;
use super::planner::Planner;
use super::rows::fill;
use crate::current::Current;
use crate::desired::{LoadError, Loaded, Need, Sql};
use crate::dialect::Strip;
use crate::engine::{InspectOptions, Outside, Session};
use crate::migration::Dir;
use crate::schema::{Realm, TextObject};
use crate::sql::scan;

/// The desired state: SQL that was run, and what, or a database as it is and Alembic's revisions in it.
pub(super) struct Built {
    pub(super) realm: Realm,
    pub(super) loaded: Option<Loaded>,
    pub(super) outside: Vec<Outside>,
    pub(super) revisions: Vec<String>,
}

/// The models' SQL could not be run on an empty database.
pub(super) struct Lacking {
    pub(super) sql: Sql,
    pub(super) error: LoadError,
}

impl Planner<'_> {
    /// Loads the models' SQL on a session that holds the current state, which is gone then.
    ///
    /// # Errors
    /// What the models need and nobody makes, or migrations can't make before the models' tables are there.
    pub(super) async fn on_seeds(
        &self,
        session: &mut dyn Session,
        (current, outside): (&Current, &[Outside]),
        Lacking { sql, error }: Lacking,
        dir: &Dir,
        options: &InspectOptions,
    ) -> Result<Built, PipelineError> {
        let profile = self.dialect.profile();
        let need = Need::of(&error.error, profile).filter(|_| !dir.files().is_empty());
        let Some(need) = need else {
            return Err(self.not_loaded(error, dir, &current.realm));
        };
        tracing::info!("the models need what only the migrations make: {need}");
        let state = (&current.realm, outside);
        let loaded = self.load_on(session, state, &sql).await;
        let loaded = loaded.map_err(|error| self.not_loaded(error, dir, &current.realm))?;
        let realm = session.inspect(options).await?;
        let outside = session.outside(options).await?;
        Ok(Built {
            realm,
            loaded: Some(loaded),
            outside,
            revisions: Vec::new(),
        })
    }

    /// Takes out of a session's state what the desired SQL makes itself, runs that, and takes out what it does not depend on.
    pub(super) async fn load_on(
        &self,
        session: &mut dyn Session,
        (realm, outside): (&Realm, &[Outside]),
        sql: &Sql,
    ) -> Result<Loaded, LoadError> {
        let options = &self.dialect.profile().scan;
        let (created, models) = sql.created(options);
        let state = Strip {
            realm,
            outside,
            scoped: self.scoped,
            models: &models,
            created: &created,
        };
        self.run(session, &self.dialect.strip(&state)).await;
        let loaded = sql.load(session, options, Some(realm)).await?;
        self.run(session, &self.dialect.prune(&state)).await;
        Ok(loaded)
    }

    /// Gives an empty session what a database holds besides tables.
    pub(super) async fn lend(
        &self,
        session: &mut dyn Session,
        realm: &Realm,
    ) -> Result<(), PipelineError> {
        let mut bare = realm.clone();
        for schema in &mut bare.schemas {
            schema.tables.clear();
        }
        self.copy(session, &bare).await?;
        // One may depend on another that comes later, and what depends on tables is refused.
        let mut texts: Vec<&TextObject> = realm.texts().map(|(_, object)| object).collect();
        loop {
            let mut refused = Vec::new();
            for object in &texts {
                let definition = std::slice::from_ref(&object.definition);
                if self.run(session, definition).await > 0 {
                    refused.push(*object);
                }
            }
            if refused.len() == texts.len() {
                return Ok(());
            }
            texts = refused;
        }
    }

    /// Runs what the engine takes of these, and tells how much it refuses.
    pub(super) async fn run(&self, session: &mut dyn Session, all: &[String]) -> usize {
        let text: String = all.iter().map(|one| format!("{one};\n")).collect();
        let split = scan(&text, &self.dialect.profile().scan);
        let split = split.map_or_else(|_| Vec::new(), |all| all.statements);
        let refused = fill(session, &split).await;
        tracing::debug!(statements = split.len(), refused, "a state is changed");
        refused
    }

    /// An error of the models' SQL, with who is to make what it needs.
    pub(super) fn not_loaded(&self, error: LoadError, dir: &Dir, current: &Realm) -> PipelineError {
        let profile = self.dialect.profile();
        let need = Need::of(&error.error, profile);
        let hint = need.and_then(|need| need.hint(dir, profile, current));
        PipelineError::load(error, hint)
    }
}
