//! The role that states are loaded under on a server that others use, too. It owns the databases of the states and has no
//! rights beyond them, so that what SQL may do does not depend on how it is written.
//!
//! States log in as this role: what `SET ROLE` gives up on a superuser's connection, the SQL itself can take back.

use sqlx::postgres::PgConnection;

use super::settings::Target;
use super::{class, link};
use crate::config::Secret;
use crate::engine::docker;
use crate::engine::run::Run;

/// Stands in a role's comment, before the run that made it.
pub(super) const MARK: &str = "trueup dev role: run ";

/// Extensions that only a superuser may create and that give no way to files, programs or other servers. Those marked as
/// trusted need no list.
const HARMLESS: &[&str] = &[
    "address_standardizer",
    "address_standardizer_data_us",
    "autoinc",
    "bloom",
    "h3",
    "h3_postgis",
    "hypopg",
    "insert_username",
    "moddatetime",
    "pg_bigm",
    "pg_stat_statements",
    "pg_uuidv7",
    "pgrouting",
    "postgis",
    "postgis_raster",
    "postgis_sfcgal",
    "refint",
    "rum",
    "vector",
];

/// A role that this run made.
#[derive(Clone, Debug)]
pub(super) struct StateRole {
    pub(super) name: String,
    password: Secret,
    /// Who made it.
    user: String,
    /// Roles of the server, whom migrations may name as the owners of what they make.
    others: Vec<String>,
    /// Harmless extensions may be created.
    extensions: bool,
}

/// What the URL's user may do about roles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rights {
    superuser: bool,
}

impl Rights {
    /// Asks the server.
    pub(super) async fn of(admin: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let sql = "SELECT rolsuper::text FROM pg_catalog.pg_roles WHERE rolname = current_user";
        let found = link::texts(admin, sql).await?;
        Ok(Self {
            superuser: found.iter().any(|text| text == "true"),
        })
    }

    /// More than a state may have. Who is no superuser may own what migrations need (as the users of managed servers do),
    /// and reaches no files and no programs.
    pub(super) fn excessive(self) -> bool {
        self.superuser
    }
}

impl StateRole {
    /// Makes one, in whose comment the run stands.
    pub(super) async fn make(
        admin: &mut PgConnection,
        run: &Run,
        user: &str,
    ) -> Result<Self, sqlx::Error> {
        let password = docker::random().map_err(|error| sqlx::Error::Protocol(error.message))?;
        let others = link::texts(admin, "SELECT rolname::text FROM pg_catalog.pg_roles").await?;
        let role = Self {
            name: run.sibling(0),
            password: Secret::new(password),
            user: user.to_owned(),
            others,
            extensions: true,
        };
        let name = link::quote(&role.name);
        // Row security is no wall between a state and its own rows, as it was none for the superuser.
        let mark = link::literal(&format!("{MARK}{}", run.describe()));
        let mut sql = format!(
            "CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS PASSWORD {}; \
             COMMENT ON ROLE {name} IS {mark}",
            link::literal(role.password.expose())
        );
        if admin.server_version_num().unwrap_or(0) >= 150_000 {
            // As dumps of rows do.
            sql.push_str(&format!(
                "; GRANT SET ON PARAMETER session_replication_role TO {name}"
            ));
        }
        link::run(admin, sql).await?;
        Ok(role)
    }

    /// How a database is reached as this role.
    pub(super) fn target(&self, target: &Target) -> Target {
        let options = target.options.clone();
        Target {
            options: options
                .username(&self.name)
                .password(self.password.expose()),
            ..target.clone()
        }
    }

    /// `search_path` as it was for the user who made the role.
    pub(super) fn search_path(&self, path: &str) -> String {
        path.replace("\"$user\"", &link::quote(&self.user))
    }

    /// Prepares the database that states are copied from: what belongs to the database as a whole becomes the role's.
    pub(super) async fn furnish(&mut self, copy: &mut PgConnection) -> Result<(), sqlx::Error> {
        let name = link::quote(&self.name);
        let schemas = link::texts(
            copy,
            "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n \
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
             AND pg_catalog.pg_get_userbyid(n.nspowner) <> 'pg_database_owner' \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = n.oid \
             AND d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.deptype = 'e')",
        )
        .await?;
        for schema in schemas {
            let sql = format!("ALTER SCHEMA {schema} OWNER TO {name}");
            if let Err(error) = link::run(copy, sql).await {
                link::still_connected(&error)?;
                tracing::debug!("schema {schema} stays with its owner: {error}");
            }
        }
        if !self.extensions {
            return Ok(());
        }
        let harmless: Vec<String> = HARMLESS.iter().map(|name| link::literal(name)).collect();
        let sql = EXTENSIONS
            .replace("HARMLESS", &harmless.join(", "))
            .replace("ROLE", &link::literal(&self.name));
        if let Err(error) = link::run(copy, sql).await {
            link::still_connected(&error)?;
            tracing::debug!("extensions are left to superusers: {error}");
            self.extensions = false;
        }
        Ok(())
    }

    /// The statement as this role has to say it, where that differs: who owns something is left out of states, so that it
    /// stands in for every role that there is, and an extension that is harmless is created for it.
    pub(super) fn say(&self, text: &str) -> Option<String> {
        let tokens: Vec<&str> = class::tokens(text).take(400).collect();
        let is = |n: usize, word: &str| tokens.get(n).is_some_and(|t| t.eq_ignore_ascii_case(word));
        if is(0, "CREATE") && is(1, "EXTENSION") && self.extensions {
            return create_extension(&tokens);
        }
        if !["ALTER", "CREATE", "SET"].iter().any(|word| is(0, word)) {
            return None;
        }
        let named = |n: usize| {
            (is(n - 1, "TO") && is(n - 2, "OWNER"))
                || is(n - 1, "AUTHORIZATION")
                || (is(n - 1, "ROLE") && (is(0, "SET") || is(n - 2, "FOR")))
        };
        let mut said = String::with_capacity(text.len() + self.name.len());
        let mut from = 0;
        for (n, token) in tokens.iter().enumerate().skip(2) {
            if named(n) && self.others.contains(&identifier(token)) {
                let at = token.as_ptr().addr() - text.as_ptr().addr();
                said.push_str(&text[from..at]);
                // A schema without a name of its own has its owner's.
                if is(n - 1, "AUTHORIZATION") && (is(n - 2, "SCHEMA") || is(n - 2, "EXISTS")) {
                    said.truncate(said.trim_end().len() - "AUTHORIZATION".len());
                    said.push_str(&format!("{token} AUTHORIZATION "));
                }
                said.push_str(&link::quote(&self.name));
                from = at + token.len();
            }
        }
        (from > 0).then(|| said + &text[from..])
    }

    /// Removes it, after the databases that it owns.
    pub(super) async fn remove(&self, admin: &mut PgConnection) -> Result<(), sqlx::Error> {
        remove(admin, &self.name).await
    }
}

/// Removes a role with what it was granted.
pub(super) async fn remove(admin: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let name = link::quote(name);
    link::run(admin, format!("DROP OWNED BY {name}; DROP ROLE {name}")).await
}

/// A name as the server reads it.
fn identifier(token: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = token.strip_prefix(quote) {
            return inner.trim_end_matches(quote).to_owned();
        }
    }
    token.to_lowercase()
}

/// `CREATE EXTENSION` of a harmless one, by our function.
fn create_extension(tokens: &[&str]) -> Option<String> {
    let mut rest = tokens[2..].iter().copied().filter(|token| *token != ";");
    let mut next = || rest.next();
    let mut name = next()?;
    let mut absent = false;
    if name.eq_ignore_ascii_case("IF") {
        absent = next()?.eq_ignore_ascii_case("NOT") && next()?.eq_ignore_ascii_case("EXISTS");
        name = next()?;
    }
    let name = identifier(name);
    if !HARMLESS.contains(&name.as_str()) {
        return None;
    }
    let (mut schema, mut version) = ("NULL".to_owned(), "NULL".to_owned());
    let mut cascade = false;
    while let Some(word) = next() {
        match word.to_ascii_uppercase().as_str() {
            "WITH" => {}
            "CASCADE" => cascade = true,
            "SCHEMA" => schema = link::literal(&identifier(next()?)),
            "VERSION" => version = link::literal(&identifier(next()?)),
            _ => return None,
        }
    }
    Some(format!(
        "SELECT pg_catalog.trueup_create_extension({}, {absent}, {schema}, pg_catalog.current_schema()::text, {version}, {cascade})",
        link::literal(&name)
    ))
}

/// Makes the role the owner of the extensions that are there, and the function that creates others.
///
/// An extension's script runs with a superuser's rights. So that it calls nothing of the role's, none of its functions or
/// operators may share a name with the server's own, and no event trigger fires. What the role makes stays its own also
/// where it is put into an extension.
const EXTENSIONS: &str = r#"
UPDATE pg_catalog.pg_extension SET extowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ROLE);
CREATE FUNCTION pg_catalog.trueup_create_extension(
  name text, absent boolean, inschema text, here text, version text, deep boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET session_replication_role = replica SET client_min_messages = error AS $trueup$
DECLARE
  harmless CONSTANT text[] := ARRAY[HARMLESS];
  found text;
  fixed text;
  table_of_it regclass;
BEGIN
  IF NOT name = ANY (harmless) THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied to create extension "%s"', name);
  END IF;
  SELECT 'function ' || p.oid::regprocedure::text INTO found FROM pg_proc p
  WHERE p.oid >= 16384 AND p.pronamespace <> 'pg_catalog'::regnamespace
    AND EXISTS (SELECT FROM pg_proc b WHERE b.pronamespace = 'pg_catalog'::regnamespace AND b.proname = p.proname)
    AND p.proowner = (SELECT r.oid FROM pg_roles r WHERE r.rolname = ROLE)
  UNION ALL
  SELECT 'operator ' || o.oid::regoperator::text FROM pg_operator o
  WHERE o.oid >= 16384 AND o.oprowner = (SELECT r.oid FROM pg_roles r WHERE r.rolname = ROLE)
  LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('extension "%s" is not created where the migrations have made %s', name, found),
      HINT = 'create the extension in an earlier migration, or in the dev database itself';
  END IF;
  SELECT max(v.schema) INTO fixed FROM pg_available_extension_versions v WHERE v.name = trueup_create_extension.name;
  EXECUTE format('CREATE EXTENSION %s %I', CASE WHEN absent THEN 'IF NOT EXISTS' ELSE '' END, name)
    || coalesce(' SCHEMA ' || quote_ident(coalesce(inschema, CASE WHEN fixed IS NULL THEN here END)), '')
    || coalesce(' VERSION ' || quote_literal(version), '') || CASE WHEN deep THEN ' CASCADE' ELSE '' END;
  SELECT e.extname INTO found FROM pg_extension e
  WHERE e.extowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = ROLE) AND e.extname <> ALL (harmless)
    AND NOT EXISTS (SELECT FROM pg_available_extension_versions v WHERE v.name = e.extname AND v.trusted);
  IF found IS NOT NULL THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied to create extension "%s"', found);
  END IF;
  FOR table_of_it IN
    SELECT d.objid::regclass FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND e.extname = ANY (harmless)
      AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.relkind IN ('r', 'p', 'v', 'm', 'S'))
  LOOP
    EXECUTE format('GRANT ALL ON %s TO %I', table_of_it, ROLE);
  END LOOP;
  UPDATE pg_extension SET extowner = (SELECT r.oid FROM pg_roles r WHERE r.rolname = ROLE)
  WHERE extowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = ROLE);
END
$trueup$"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> StateRole {
        StateRole {
            name: "trueup_0badf00d_0".to_owned(),
            password: Secret::new("x"),
            user: "postgres".to_owned(),
            others: vec!["postgres".to_owned(), "owner of it".to_owned()],
            extensions: true,
        }
    }

    #[test]
    fn what_somebody_owns_is_the_roles() {
        let say = |text: &str| role().say(text);
        let mine = "\"trueup_0badf00d_0\"";
        for text in [
            "ALTER TABLE public.t OWNER TO postgres;",
            "ALTER TABLE public.t OWNER TO \"owner of it\";",
            "CREATE SCHEMA s AUTHORIZATION Postgres;",
            "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA s GRANT SELECT ON TABLES TO postgres;",
            "SET ROLE 'postgres';",
            "SET SESSION AUTHORIZATION postgres;",
        ] {
            let said = say(text).unwrap_or_else(|| panic!("{text} stays"));
            assert_eq!(said.matches(mine).count(), 1, "{said}");
            assert!(said.ends_with(';'), "{said}");
        }
        assert_eq!(
            say("CREATE SCHEMA IF NOT EXISTS AUTHORIZATION postgres;"),
            Some(format!(
                "CREATE SCHEMA IF NOT EXISTS postgres AUTHORIZATION {mine};"
            ))
        );
        for text in [
            "ALTER TABLE t OWNER TO app",
            "GRANT ALL ON t TO postgres",
            "CREATE TABLE t (role postgres, owner int)",
            "COMMENT ON TABLE t IS 'OWNER TO postgres'",
            "CREATE EXTENSION citext",
            "CREATE EXTENSION file_fdw",
            "CREATE EXTENSION vector FROM unpackaged",
            "SET",
        ] {
            assert_eq!(say(text), None, "{text}");
        }
    }

    #[test]
    fn harmless_extensions_are_created_by_our_function() {
        for (text, arguments) in [
            (
                "CREATE EXTENSION vector;",
                "'vector', false, NULL, pg_catalog.current_schema()::text, NULL, false",
            ),
            (
                "create extension if not exists \"postgis\" with schema \"Geo\" version '3.4' cascade",
                "'postgis', true, 'Geo', pg_catalog.current_schema()::text, '3.4', true",
            ),
        ] {
            assert_eq!(
                role().say(text).unwrap_or_default(),
                format!("SELECT pg_catalog.trueup_create_extension({arguments})")
            );
        }
    }
}
