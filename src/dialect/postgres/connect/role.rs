//! The role that states are loaded under on a server that others use, too. It owns the databases of the states and has no
//! rights beyond them, so that what SQL may do does not depend on how it is written.
//!
//! States log in as this role: what `SET ROLE` gives up on a superuser's connection, the SQL itself can take back.

use sqlx::postgres::PgConnection;

use super::PgDriver;
use super::settings::Target;
use super::{class, link};
use crate::config::Secret;
use crate::engine::dev::Shared;
use crate::engine::run::Run;
use crate::engine::{EngineError, docker};

/// Prefix of a role's comment, before the run that created it.
pub(super) const MARK: &str = "trueup dev role: run ";

/// The roles of the server.
pub(super) const ROLES: &str = "SELECT rolname::text FROM pg_catalog.pg_roles ORDER BY 1";

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

/// Extensions whose tables and sequences migrations write to, besides the harmless ones. Of others the tables may hold what
/// the server acts on, such as scheduled jobs.
const WRITTEN_TO: &[&str] = &["postgis_tiger_geocoder", "postgis_topology"];

/// A role that this run made.
#[derive(Clone, Debug)]
pub(in crate::dialect) struct StateRole {
    pub(super) name: String,
    password: Secret,
    /// Who made it.
    user: String,
    /// Roles of the server, whom migrations may name as the owners of what they make.
    others: Vec<String>,
    /// Harmless extensions may be created.
    extensions: bool,
}

/// Makes the role that states log in as, where the URL's user is a superuser. Who is not may own what migrations need (as
/// the users of managed servers do), and reaches no files and no programs.
pub(super) async fn confine(
    shared: &mut Shared<PgDriver>,
) -> Result<Option<StateRole>, EngineError> {
    let (target, admin) = (&shared.target, shared.admin.get_mut());
    let sql = "SELECT rolsuper::text FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let superuser = link::text(admin, sql).await;
    let superuser =
        superuser.map_err(|error| link::failed(target, "read the user's rights", &error))?;
    if superuser.as_deref() != Some("true") {
        return Ok(None);
    }
    let error = match StateRole::usable(admin, &shared.run, target).await {
        Ok(role) => return Ok(Some(role)),
        Err(error) => error,
    };
    link::still_connected(&error)
        .map_err(|error| link::failed(target, "make a role for the states", &error))?;
    tracing::warn!(
        "the SQL of models and migrations runs with all rights of user \"{}\" at {}, not as a role of its own: {}",
        target.options.client.get_username(),
        target.place,
        link::said(&error)
    );
    Ok(None)
}

impl StateRole {
    /// Makes one that can log in, and prepares the copy for it.
    async fn usable(
        admin: &mut PgConnection,
        run: &Run,
        target: &Target,
    ) -> Result<Self, sqlx::Error> {
        let mut role = Self::make(admin, run, target.options.client.get_username()).await?;
        let ready = async {
            let copy = role.target(&target.with_database(&run.sibling(0)));
            link::close(link::attempt(&copy).await?).await;
            role.take_over(admin).await?;
            match target.scope {
                Some(_) => role.use_rest(admin).await,
                None => Ok(()),
            }
        };
        let ready = ready.await;
        if ready.is_err() {
            let _ = remove(admin, &role.name).await;
        }
        ready.map(|()| role)
    }

    /// Lets it use what the copy has in other schemas than the one that is given, as the URL's user may there.
    async fn use_rest(&self, copy: &mut PgConnection) -> Result<(), sqlx::Error> {
        let sql = format!(
            "SELECT pg_catalog.format('GRANT ALL ON ALL %s IN SCHEMA %I TO %I', kind, n.nspname, {}) \
             FROM pg_catalog.pg_namespace n, pg_catalog.unnest('{{TABLES,SEQUENCES,ROUTINES}}'::text[]) kind \
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
            link::literal(&self.name)
        );
        let grants = link::texts(copy, sql).await?;
        link::run(copy, grants.join(";")).await
    }

    /// Makes one, in whose comment the run stands.
    async fn make(admin: &mut PgConnection, run: &Run, user: &str) -> Result<Self, sqlx::Error> {
        let password = docker::random().map_err(|error| sqlx::Error::Protocol(error.message))?;
        let others = link::texts(admin, ROLES).await?;
        let role = Self {
            name: run.sibling(0),
            password: Secret::new(password),
            user: user.to_owned(),
            others,
            extensions: true,
        };
        let name = link::quote(&role.name);
        // Row security is not a wall between a state and its own rows, as it was none for the superuser.
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
        target.with(|options| {
            options
                .username(&self.name)
                .password(self.password.expose())
        })
    }

    /// `search_path` as it was for the user who made the role.
    pub(super) fn search_path(&self, path: &str) -> String {
        path.replace("\"$user\"", &link::quote(&self.user))
    }

    /// Prepares the database that states are copied from: what belongs to the database as a whole becomes the role's.
    async fn take_over(&mut self, copy: &mut PgConnection) -> Result<(), sqlx::Error> {
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
        let list = |names: &[&str]| -> String {
            let names: Vec<String> = names.iter().map(|name| link::literal(name)).collect();
            names.join(", ")
        };
        let sql = EXTENSIONS
            .replace("GRANT_USE", GRANT_USE)
            .replace("HARMLESS", &list(HARMLESS))
            .replace("WRITTEN_TO", &list(WRITTEN_TO))
            .replace("ROLE", &link::literal(&self.name));
        if let Err(error) = link::run(copy, sql).await {
            link::still_connected(&error)?;
            tracing::debug!("extensions are left to superusers: {error}");
            self.extensions = false;
        }
        Ok(())
    }

    /// The statement as this role has to say it, where that differs: who owns something is left out of states, so that it
    /// replaces every existing role, and an extension that is harmless is created for it.
    pub(super) fn say(&self, text: &str) -> Option<String> {
        let tokens: Vec<&str> = class::tokens(text).take(400).collect();
        let is = |n: usize, word: &str| tokens.get(n).is_some_and(|t| t.eq_ignore_ascii_case(word));
        if is(0, "CREATE") && is(1, "EXTENSION") && self.extensions {
            return create_extension(&tokens);
        }
        if is(0, "DO") {
            return self.say_block(text);
        }
        if !["ALTER", "CREATE", "SET"].iter().any(|word| is(0, word)) {
            return None;
        }
        let named = |n: usize| {
            (is(n - 1, "TO") && is(n - 2, "OWNER"))
                || is(n - 1, "AUTHORIZATION")
                || (is(n - 1, "ROLE") && (is(0, "SET") || is(n - 2, "FOR")))
        };
        let mine = link::quote(&self.name);
        let mut said = Edited::new(text);
        for (n, token) in tokens.iter().enumerate().skip(2) {
            if !named(n) || !self.others.contains(&identifier(token)) {
                continue;
            }
            // A schema without a name of its own has its owner's.
            match is(n - 1, "AUTHORIZATION") && (is(n - 2, "SCHEMA") || is(n - 2, "EXISTS")) {
                true => said.replace(
                    said.between(tokens[n - 1], token),
                    &format!("{token} AUTHORIZATION {mine}"),
                ),
                false => said.replace(token, &mine),
            }
        }
        said.done()
    }

    /// The same for the statements of a `DO` block in PL/pgSQL, and for those that it executes from strings.
    fn say_block(&self, text: &str) -> Option<String> {
        let tokens: Vec<&str> = class::tokens(text).take(8).collect();
        let other = |pair: &[&str]| {
            pair[0].eq_ignore_ascii_case("LANGUAGE") && identifier(pair[1]) != "plpgsql"
        };
        if tokens.windows(2).any(other) {
            return None;
        }
        let body = tokens.iter().find_map(|token| dollar_quoted(token))?;
        let mut said = Edited::new(text);
        let mut starts = true;
        let mut rest = class::tokens(body).peekable();
        while let Some(token) = rest.next() {
            let is = |words: &[&str]| words.iter().any(|word| token.eq_ignore_ascii_case(word));
            if !starts || !is(&["ALTER", "CREATE", "SET", "EXECUTE"]) {
                // Tokens after which a statement may begin; `>>` ends a label.
                starts = is(&[";", "BEGIN", "THEN", "ELSE", "LOOP", ">>"]);
                continue;
            }
            let mut parts = vec![token];
            parts.extend(std::iter::from_fn(|| rest.next_if(|part| *part != ";")));
            if is(&["EXECUTE"]) {
                parts
                    .iter()
                    .for_each(|part| self.say_string(part, &mut said));
                continue;
            }
            let statement = said.between(token, parts[parts.len() - 1]);
            if let Some(instead) = self.say(statement) {
                // Results have to go somewhere in PL/pgSQL.
                match instead.strip_prefix("SELECT ") {
                    Some(call) => said.replace(statement, &format!("PERFORM {call}")),
                    None => said.replace(statement, &instead),
                }
            }
        }
        said.done()
    }

    /// The same for a string that is executed: a statement, or the end of one that names an owner.
    fn say_string(&self, token: &str, said: &mut Edited<'_>) {
        let plain = token
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''));
        // Not one of another kind (`E'…'`), nor one that holds a quote.
        let plain = plain.filter(|inner| said.stands_alone(token) && !inner.contains('\''));
        let Some(inner) = plain.or_else(|| dollar_quoted(token)) else {
            return;
        };
        let instead = match class::words(inner, 2) == ["OWNER", "TO"] {
            true => self
                .say(&format!("ALTER{inner}"))
                .map(|whole| whole["ALTER".len()..].to_owned()),
            false => self.say(inner),
        };
        if let Some(instead) = instead {
            said.replace(token, &link::literal(&instead));
        }
    }
}

/// Removes a role with what it was granted.
pub(super) async fn remove(admin: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let name = link::quote(name);
    link::run(admin, format!("DROP OWNED BY {name}; DROP ROLE {name}")).await
}

/// The text in `$tag$…$tag$`.
fn dollar_quoted(token: &str) -> Option<&str> {
    let tag = token.strip_prefix('$')?.find('$')? + 2;
    token.get(tag..token.len().checked_sub(tag)?)
}

/// A text of which parts are replaced, from the first to the last.
struct Edited<'a> {
    text: &'a str,
    out: String,
    /// Where what is not copied yet begins.
    from: usize,
}

impl<'a> Edited<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            out: String::with_capacity(text.len()),
            from: 0,
        }
    }

    /// Where a part of the text begins.
    fn at(&self, part: &str) -> usize {
        part.as_ptr().addr() - self.text.as_ptr().addr()
    }

    fn between(&self, first: &str, last: &str) -> &'a str {
        &self.text[self.at(first)..self.at(last) + last.len()]
    }

    /// Whether a string has neither a prefix nor another quote next to it.
    fn stands_alone(&self, part: &str) -> bool {
        let at = self.at(part);
        let before = |c: char| c.is_alphanumeric() || matches!(c, '_' | '&' | '\'');
        !self.text[..at].ends_with(before) && !self.text[at + part.len()..].starts_with('\'')
    }

    fn replace(&mut self, part: &str, instead: &str) {
        let at = self.at(part);
        self.out.push_str(&self.text[self.from..at]);
        self.out.push_str(instead);
        self.from = at + part.len();
    }

    /// The text, where something was replaced.
    fn done(self) -> Option<String> {
        (self.from > 0).then(|| self.out + &self.text[self.from..])
    }
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

/// Grants what is done with the tables and sequences of extensions whose data is data. The role can pass it on, as dumps do.
/// It can't change or drop them, and puts no triggers there: those would run with the rights of the next writer.
const GRANT_USE: &str = "
  FOR relation IN
    SELECT c.oid::pg_catalog.regclass AS name, c.relkind = 'S' AS counts
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e'
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.extname IN (HARMLESS, WRITTEN_TO)
      AND c.relowner <> (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = ROLE)
  LOOP
    EXECUTE pg_catalog.format('GRANT %s ON %s TO %I WITH GRANT OPTION', CASE WHEN relation.counts THEN 'ALL'
      ELSE 'SELECT, INSERT, UPDATE, DELETE, REFERENCES' END,
      CASE WHEN relation.counts THEN 'SEQUENCE ' ELSE '' END || relation.name, ROLE);
  END LOOP;";

/// Makes the role the owner of the extensions that are there, and the function that creates others.
///
/// An extension's script runs with a superuser's rights. So that it calls nothing of the role's, none of its functions or
/// operators may share a name with the server's own, and no event trigger fires. What the role makes stays its own also
/// where it is put into an extension.
const EXTENSIONS: &str = r#"
UPDATE pg_catalog.pg_extension SET extowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ROLE);
DO $trueup$
DECLARE
  relation record;
BEGIN
GRANT_USE
END
$trueup$;
CREATE FUNCTION pg_catalog.trueup_create_extension(
  name text, absent boolean, inschema text, here text, version text, deep boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET session_replication_role = replica SET client_min_messages = error AS $trueup$
DECLARE
  harmless CONSTANT text[] := ARRAY[HARMLESS];
  found text;
  fixed text;
  relation record;
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
GRANT_USE
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
    fn the_statements_of_a_block_are_said_too() {
        let create = "pg_catalog.trueup_create_extension('vector', true, NULL, pg_catalog.current_schema()::text, NULL, false)";
        let mine = "\"trueup_0badf00d_0\"";
        for (body, wanted) in [
            (
                "BEGIN CREATE EXTENSION IF NOT EXISTS vector; EXCEPTION WHEN OTHERS THEN NULL; END",
                format!("BEGIN PERFORM {create}; EXCEPTION WHEN OTHERS THEN NULL; END"),
            ),
            (
                "BEGIN IF a > 1 THEN ALTER TABLE t OWNER TO postgres; ELSE SET ROLE postgres; END IF; END",
                format!(
                    "BEGIN IF a > 1 THEN ALTER TABLE t OWNER TO {mine}; ELSE SET ROLE {mine}; END IF; END"
                ),
            ),
            (
                "BEGIN LOOP EXECUTE format('ALTER TABLE %I OWNER TO postgres', r.name); END LOOP; END",
                format!(
                    "BEGIN LOOP EXECUTE format('ALTER TABLE %I OWNER TO {mine}', r.name); END LOOP; END"
                ),
            ),
            (
                "BEGIN EXECUTE 'ALTER TABLE ' || r || ' OWNER TO postgres;'; END",
                format!("BEGIN EXECUTE 'ALTER TABLE ' || r || ' OWNER TO {mine};'; END"),
            ),
            (
                "<<here>> BEGIN EXECUTE $q$CREATE EXTENSION IF NOT EXISTS vector$q$; END",
                format!(
                    "<<here>> BEGIN EXECUTE 'SELECT {}'; END",
                    create.replace('\'', "''")
                ),
            ),
        ] {
            let said = role().say(&format!("DO $$ {body} $$;"));
            assert_eq!(said, Some(format!("DO $$ {wanted} $$;")));
            let said = role().say(&format!("DO LANGUAGE plpgsql $a$ {body} $a$"));
            assert_eq!(said, Some(format!("DO LANGUAGE plpgsql $a$ {wanted} $a$")));
        }
        for text in [
            "DO $$ BEGIN RAISE NOTICE 'CREATE EXTENSION vector'; END $$",
            "DO $$ BEGIN -- CREATE EXTENSION vector;\n NULL; END $$",
            "DO $$ DECLARE create text; BEGIN PERFORM f('ALTER TABLE t OWNER TO postgres'); END $$",
            "DO $$ BEGIN EXECUTE 'COMMENT ON TABLE t IS ''OWNER TO postgres'''; END $$",
            "DO $$ BEGIN EXECUTE 'ALTER TABLE t ALTER a SET DEFAULT ''b'', OWNER TO postgres'; END $$",
            "DO $$ BEGIN EXECUTE E'ALTER TABLE t OWNER TO postgres'; END $$",
            "DO $$ BEGIN CREATE EXTENSION file_fdw; END $$",
            "DO LANGUAGE plpython3u $$ CREATE EXTENSION vector $$",
            "DO $$ BEGIN ALTER TABLE t OWNER TO nobody; END $$",
            "DO $",
            "DO",
        ] {
            assert_eq!(role().say(text), None, "{text}");
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
