//! The copy of the given database that states are made from.
//!
//! A database that somebody is connected to can't be copied. So a run copies the given database once, at once leaves
//! it to others, and makes its states from the copy.

use sqlx::postgres::PgConnection;

use super::PgDriver;
use super::database;
use super::settings::Target;
use super::{catalog, link};
use crate::engine::EngineError;
use crate::engine::dev::Shared;
use crate::engine::driver::Driver as _;

/// insufficient_privilege
const DENIED: &str = "42501";
/// What a database may have that is copied: with one schema given, the others may hold anything.
const COPIED_MB: u64 = 1024;

/// Makes the first database next to the given one, in the first of the ways that the server takes, and moves our own
/// connection there.
pub(super) async fn copy(shared: &mut Shared<PgDriver>) -> Result<(), EngineError> {
    let target = shared.target.clone();
    let failed = |error| link::failed(&target, "look at the dev database", &error);
    let admin = shared.admin.get_mut();
    check_right(admin, &target).await?;
    let original = Original::look(admin, target.scope.as_deref()).await;
    let original = original.map_err(failed)?;
    let mut refused = None;
    let name = shared.run.sibling(0);
    for template in original.templates() {
        match database::make(admin, &name, &shared.run, &template).await {
            Ok(()) => return move_to(shared, &name).await,
            Err(error) => {
                link::still_connected(&error).map_err(failed)?;
                tracing::debug!("can't create a database next to the given one: {error}");
                refused.get_or_insert(error);
            }
        }
    }
    Err(original.not_copied(&target, refused.as_ref()))
}

/// Leaves the given database to others.
async fn move_to(shared: &mut Shared<PgDriver>, name: &str) -> Result<(), EngineError> {
    let target = shared.target.with_database(name);
    let moved = async {
        let mut admin = PgDriver.connect(&target).await?;
        let locked = database::lock(&mut admin, &shared.run).await;
        locked.map_err(|error| link::failed(&target, "mark the run", &error))?;
        if let Some(scope) = &target.scope {
            // Not there where the server's template was copied.
            database::make_schema(&mut admin, &target, scope).await?;
        }
        Ok(admin)
    };
    match moved.await {
        Ok(copy) => {
            let given = std::mem::replace(shared.admin.get_mut(), copy);
            PgDriver.disconnect(given).await;
            Ok(())
        }
        Err(error) => {
            let _ = link::run(shared.admin.get_mut(), database::drop_database(name)).await;
            Err(error)
        }
    }
}

/// What matters of the given database for making others from it.
struct Original {
    /// Quoted.
    name: String,
    /// Its encoding and locale, as a statement names them.
    settings: String,
    /// Others are connected to it.
    in_use: bool,
    /// It has extensions, or content outside of the one schema.
    has_own: bool,
    megabytes: u64,
    /// Who copies it, quoted.
    user: String,
}

impl Original {
    async fn look(admin: &mut PgConnection, scope: Option<&str>) -> Result<Self, sqlx::Error> {
        let rest = catalog::dirt(admin, None).await?;
        let outside = |object: &catalog::Object| {
            // A schema is in none.
            object
                .schema
                .as_ref()
                .or(object.name.as_ref())
                .map(String::as_str)
                != scope
        };
        let rows = link::rows(
            admin,
            "SELECT pg_catalog.quote_ident(d.datname), pg_catalog.format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', \
             pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype), \
             (EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
             AND a.pid <> pg_catalog.pg_backend_pid() AND a.application_name <> 'trueup'))::text, \
             (EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'))::text, \
             (pg_catalog.pg_database_size(d.oid) / 1048576)::text, pg_catalog.quote_ident(current_user) \
             FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()",
        )
        .await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        let get = |n: usize| sqlx::Row::try_get::<String, _>(row, n);
        Ok(Self {
            name: get(0)?,
            settings: get(1)?,
            in_use: get(2)? == "true",
            has_own: get(3)? == "true" || rest.iter().any(outside),
            megabytes: get(4)?.parse().unwrap_or(u64::MAX),
            user: get(5)?,
        })
    }

    /// What a sibling can be made from: the given database, so that extensions and locale are those that it has; or
    /// the server's own template where the given one has nothing of its own.
    fn templates(&self) -> Vec<String> {
        let mut found = Vec::new();
        // Copying one that others are connected to is refused after five seconds of waiting. Runs of our own leave
        // sooner.
        if !self.in_use && self.megabytes <= COPIED_MB {
            found.push(format!("TEMPLATE {}", self.name));
        }
        if !self.has_own {
            found.push(format!("TEMPLATE template0 {}", self.settings));
        }
        found
    }

    /// Why there is no database next to it, and what to do.
    fn not_copied(&self, target: &Target, refused: Option<&sqlx::Error>) -> EngineError {
        let place = &target.place;
        let Self { name, user, .. } = self;
        let denied = refused.and_then(link::code).as_deref() == Some(DENIED);
        let (why, first) = match refused {
            Some(error) if denied => (
                link::said(error),
                format!("let a superuser run ALTER DATABASE {name} OWNER TO {user}; or "),
            ),
            Some(error) => (link::said(error), String::new()),
            None if self.in_use => (
                "others are connected to it, and its extensions or other schemas are only in a copy, too".to_owned(),
                "disconnect them, or ".to_owned(),
            ),
            None => (
                format!("it holds {} MB, more than is copied", self.megabytes),
                String::new(),
            ),
        };
        EngineError::new(
            format!(
                "each state is built in a database of its own, and the one at {place} can't be copied: {why}"
            ),
            format!(
                "{first}create an empty database for trueup (`CREATE DATABASE trueup_dev`) and name it in dev, or use \
                 `local://postgres`; nothing at {place} was changed"
            ),
        )
    }
}

/// Refuses a user who may not create databases: each state has one of its own.
async fn check_right(admin: &mut PgConnection, target: &Target) -> Result<(), EngineError> {
    let denied = link::text(
        admin,
        "SELECT rolname::text FROM pg_catalog.pg_roles \
         WHERE rolname = current_user AND NOT (rolcreatedb OR rolsuper)",
    )
    .await
    .map_err(|error| link::failed(target, "read the user's rights", &error))?;
    match denied {
        None => Ok(()),
        Some(user) => Err(EngineError::new(
            format!(
                "user \"{user}\" may not create databases at {}, which trueup builds states in",
                target.place
            ),
            format!(
                "let a superuser run ALTER ROLE {} CREATEDB; or use a private server: `docker://postgres/17/dev`, or \
                 `local://postgres` where it is installed",
                link::quote(&user)
            ),
        )),
    }
}
