//! Puts a database back: drops what a run added, restores what it changed about schemas, and checks the result.

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::catalog::{self, Id, Object, Snapshot};
use super::link;
use super::settings::Target;
use crate::engine::EngineError;

/// Statements that share a transaction: each table takes several locks, and the lock table is finite.
const CHUNK: usize = 40;
/// Dropping one thing can only be possible once another is gone.
const ROUNDS: usize = 5;

/// How a database was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    snapshot: Snapshot,
    objects: Vec<Id>,
    schemas: Vec<SchemaState>,
}

/// What is restored of a schema: nothing is when only its content changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SchemaState {
    name: String,
    owner: String,
    comment: Option<String>,
    /// Grantee, or nothing for everybody; privilege; may be passed on.
    grants: Vec<(Option<String>, String, bool)>,
}

impl Found {
    /// Remembers a database.
    pub(super) async fn take(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        Ok(Self {
            snapshot: Snapshot::take(connection).await?,
            objects: catalog::objects(connection)
                .await?
                .into_iter()
                .map(|object| object.id)
                .collect(),
            schemas: schemas(connection).await?,
        })
    }

    /// Puts the database back.
    ///
    /// # Errors
    /// When it can't be made as it was; what is left is named.
    pub(super) async fn restore(
        &self,
        connection: &mut PgConnection,
        target: &Target,
    ) -> Result<(), EngineError> {
        let failed = |error: sqlx::Error| link::failed(target, "clean up the dev database", &error);
        link::run(
            connection,
            "SET search_path = ''; SET client_min_messages = error",
        )
        .await
        .map_err(failed)?;
        let refused = self.drop_new(connection).await.map_err(failed)?;
        self.drop_rest(connection).await.map_err(failed)?;
        self.restore_schemas(connection).await.map_err(failed)?;
        let after = Snapshot::take(connection).await.map_err(failed)?;
        let differences = self.snapshot.differences(&after);
        if differences.is_empty() {
            return Ok(());
        }
        let left = self.new_objects(connection).await.map_err(failed)?;
        let mut named: Vec<String> = left.iter().map(Object::describe).collect();
        if named.is_empty() {
            named = differences;
        }
        Err(not_restored(target, &named, refused))
    }

    async fn new_objects(&self, connection: &mut PgConnection) -> Result<Vec<Object>, sqlx::Error> {
        let mut now = catalog::objects(connection).await?;
        now.retain(|object| {
            // A schema that was dropped and made again is restored, not dropped.
            let kept = object.kind == "schema"
                && self
                    .schemas
                    .iter()
                    .any(|one| Some(&one.name) == object.name.as_ref());
            !kept && !self.objects.contains(&object.id)
        });
        Ok(now)
    }

    /// Drops what was added, and tells the last refusal.
    async fn drop_new(&self, connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
        let mut refused = None;
        let mut before = usize::MAX;
        for _ in 0..ROUNDS {
            let new = self.new_objects(connection).await?;
            if new.is_empty() || new.len() >= before {
                break;
            }
            before = new.len();
            for chunk in new.chunks(CHUNK) {
                let statements: Vec<String> = chunk.iter().map(Object::drop_statement).collect();
                if link::run(connection, statements.join(";\n")).await.is_ok() {
                    continue;
                }
                for statement in statements {
                    if let Err(error) = link::run(connection, statement).await {
                        link::still_connected(&error)?;
                        refused = error
                            .as_database_error()
                            .map(|error| error.message().to_owned());
                    }
                }
            }
        }
        Ok(refused)
    }

    /// Large objects and default privileges, which no DROP knows.
    async fn drop_rest(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let large = link::texts(
            connection,
            "SELECT oid::text FROM pg_catalog.pg_largeobject_metadata",
        )
        .await?;
        for oid in large {
            if !self.snapshot.has("pg_largeobject_metadata", &oid) {
                let _ = link::run(connection, format!("SELECT pg_catalog.lo_unlink({oid})")).await;
            }
        }
        let rows = link::rows(connection, DEFAULT_PRIVILEGES).await?;
        for row in rows {
            let oid: String = row.try_get(0)?;
            if !self.snapshot.has("pg_default_acl", &oid) {
                let _ = link::run(connection, row.try_get::<String, _>(1)?).await;
            }
        }
        Ok(())
    }

    async fn restore_schemas(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let now = schemas(connection).await?;
        for found in &self.schemas {
            let name = link::quote(&found.name);
            let same = now.iter().find(|one| one.name == found.name);
            let mut statements = Vec::new();
            if same.is_none() {
                statements.push(format!("CREATE SCHEMA {name}"));
            }
            if same.is_none_or(|one| one.owner != found.owner) {
                statements.push(format!(
                    "ALTER SCHEMA {name} OWNER TO {}",
                    link::quote(&found.owner)
                ));
            }
            if same.is_none_or(|one| one.grants != found.grants) {
                let grantees = same.map(|one| one.grants.as_slice()).unwrap_or_default();
                for (grantee, _, _) in grantees {
                    statements.push(format!(
                        "REVOKE ALL ON SCHEMA {name} FROM {}",
                        role(grantee.as_deref())
                    ));
                }
                for (grantee, privilege, pass) in &found.grants {
                    let option = if *pass { " WITH GRANT OPTION" } else { "" };
                    statements.push(format!(
                        "GRANT {privilege} ON SCHEMA {name} TO {}{option}",
                        role(grantee.as_deref())
                    ));
                }
            }
            if same.map(|one| &one.comment) != Some(&found.comment) {
                let comment = found
                    .comment
                    .as_deref()
                    .map_or("NULL".to_owned(), link::literal);
                statements.push(format!("COMMENT ON SCHEMA {name} IS {comment}"));
            }
            for statement in statements {
                if let Err(error) = link::run(connection, statement).await {
                    link::still_connected(&error)?;
                }
            }
        }
        Ok(())
    }
}

fn role(name: Option<&str>) -> String {
    name.map_or("PUBLIC".to_owned(), link::quote)
}

fn not_restored(target: &Target, named: &[String], refused: Option<String>) -> EngineError {
    const SHOWN: usize = 5;
    let more = named.len().saturating_sub(SHOWN);
    let mut message = format!(
        "the dev database at {} could not be left as it was found: {}",
        target.place,
        named[..named.len().min(SHOWN)].join(", ")
    );
    if more > 0 {
        message.push_str(&format!(", and {more} more"));
    }
    if let Some(refused) = refused {
        message.push_str(&format!(" ({refused})"));
    }
    EngineError::new(
        message,
        "recreate the dev database, or use one that trueup may create databases beside (`ALTER ROLE … CREATEDB`)",
    )
}

/// The statement that undoes each entry of default privileges: nobody is granted anything but what is built in.
const DEFAULT_PRIVILEGES: &str = "\
SELECT d.oid::text,
  (SELECT pg_catalog.string_agg(pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %s',
       r.rolname, s.part, k.kind, coalesce(pg_catalog.quote_ident(g.rolname), 'PUBLIC')), ';')
   FROM (SELECT DISTINCT grantee FROM pg_catalog.aclexplode(d.defaclacl)) a
   LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee)
  || CASE WHEN d.defaclnamespace = 0 THEN
       pg_catalog.format(';ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT ALL ON %s TO %I', r.rolname, k.kind, r.rolname)
       || CASE d.defaclobjtype
            WHEN 'f' THEN pg_catalog.format(';ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT EXECUTE ON FUNCTIONS TO PUBLIC', r.rolname)
            WHEN 'T' THEN pg_catalog.format(';ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT USAGE ON TYPES TO PUBLIC', r.rolname)
            ELSE '' END
     ELSE '' END
FROM pg_catalog.pg_default_acl d
JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (SELECT CASE WHEN n.oid IS NULL THEN '' ELSE pg_catalog.format(' IN SCHEMA %I', n.nspname) END AS part) s
CROSS JOIN LATERAL (SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
  WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS kind) k
WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(d.defaclacl))";

async fn schemas(connection: &mut PgConnection) -> Result<Vec<SchemaState>, sqlx::Error> {
    let rows = link::rows(
        connection,
        "SELECT n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text, \
         pg_catalog.obj_description(n.oid, 'pg_namespace'), g.rolname::text, a.privilege_type, a.is_grantable::text \
         FROM pg_catalog.pg_namespace n \
         LEFT JOIN LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a ON true \
         LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee \
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 4, 5, 6",
    )
    .await?;
    let mut found: Vec<SchemaState> = Vec::new();
    for row in rows {
        let name: String = row.try_get(0)?;
        if found.last().is_none_or(|last| last.name != name) {
            found.push(SchemaState {
                name,
                owner: row.try_get(1)?,
                comment: row.try_get(2)?,
                grants: Vec::new(),
            });
        }
        let privilege: Option<String> = row.try_get(4)?;
        if let (Some(privilege), Some(last)) = (privilege, found.last_mut()) {
            let pass: Option<String> = row.try_get(5)?;
            last.grants
                .push((row.try_get(3)?, privilege, pass.as_deref() == Some("true")));
        }
    }
    Ok(found)
}
