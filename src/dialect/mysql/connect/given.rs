//! A given database, or all of a given server, and what is made next to it or in it: how it is marked, emptied and left as
//! it was found.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::mysql::MySqlConnection;

use super::MyDriver;
use super::catalog::{self, content, databases};
use super::class;
use super::link::{self, Opened, literal, quote};
use super::settings::Target;
use super::user::{self, StateUser};
use crate::dialect::mysql::MARKER;
use crate::engine::dev::Shared;
use crate::engine::run::Run;
use crate::engine::{EngineError, ExecError};
use crate::sql::Statement;

/// The server's number for a database that a user may not use.
const DENIED: u16 = 1044;

/// What is known of a given database for as long as it is used.
pub(in crate::dialect) struct Known {
    /// Other databases that were there before.
    pub(super) others: Vec<String>,
    /// How the database was.
    pub(super) defaults: Option<Defaults>,
    /// Accounts that were there before, where we may see them.
    pub(super) accounts: Option<Vec<String>>,
    /// A setting of the server was changed, and is changed back.
    pub(super) trusting: AtomicBool,
    /// SQL has run that nobody could judge before.
    pub(super) unjudged: AtomicBool,
}

/// How a database was before anything ran in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Defaults {
    charset: String,
    collation: String,
    /// What follows the name in the statement that makes it.
    options: String,
}

impl Defaults {
    /// Reads a database's defaults.
    pub(super) async fn of(
        connection: &mut MySqlConnection,
        database: &str,
    ) -> Result<Option<Self>, sqlx::Error> {
        let sql = format!(
            "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = {}; SHOW CREATE DATABASE {}",
            literal(database),
            quote(database)
        );
        let rows = link::rows(connection, sql).await?;
        let [set, create] = &rows[..] else {
            return Ok(None);
        };
        let (charset, collation) = (set.text(0), set.text(1));
        let prefix = format!("CREATE DATABASE {}", quote(database));
        let options = match create.text(1).strip_prefix(&prefix) {
            Some(options) => options.to_owned(),
            None => format!(" CHARACTER SET {charset} COLLATE {collation}"),
        };
        Ok(Some(Self {
            charset,
            collation,
            options,
        }))
    }
}

/// Makes a database that new tables find as they find the one whose defaults these are, marks it as ours, and lets a user
/// use it.
pub(super) async fn make(
    admin: &mut MySqlConnection,
    name: &str,
    run: &Run,
    defaults: Option<&Defaults>,
    user: Option<&StateUser>,
) -> Result<(), sqlx::Error> {
    let options = defaults.map_or("", |defaults| defaults.options.as_str());
    link::run(admin, format!("CREATE DATABASE {}{options}", quote(name))).await?;
    let mut done = mark_database(admin, name, run).await;
    if let (Ok(()), Some(user)) = (&done, user) {
        done = user.allow(admin, name).await;
    }
    if done.is_err() {
        let _ = drop_database(admin, name).await;
    }
    done
}

/// Why a database could not be made. Where a right is missing, the hint has the statement that grants it: states are built
/// in databases of their own.
pub(super) async fn not_made(
    admin: &mut MySqlConnection,
    target: &Target,
    what: &str,
    error: &sqlx::Error,
) -> EngineError {
    if link::number(error) != Some(DENIED) {
        return link::failed(target, what, error);
    }
    let account = link::rows(admin, "SELECT CURRENT_USER()").await;
    let account = account.ok().and_then(|rows| Some(rows.first()?.text(0)));
    let (user, host) = match account.as_deref().and_then(|name| name.rsplit_once('@')) {
        Some(account) => account,
        None => (target.options.get_username(), "%"),
    };
    let patterns = user::grants_patterns(admin).await.unwrap_or(true);
    let databases = match target.scope {
        Some(_) if patterns => "`trueup\\_%`",
        _ => "*",
    };
    EngineError::new(
        format!(
            "user `{user}` may not create databases at {}, which trueup builds states in",
            target.place
        ),
        format!(
            "let an administrator run GRANT ALL ON {databases}.* TO {}@{}; or use a private server: \
             `docker://…`, or `local://…` where the server is installed",
            link::literal(user),
            link::literal(host)
        ),
    )
}

/// Drops a database with everything in it.
pub(super) async fn drop_database(
    connection: &mut MySqlConnection,
    name: &str,
) -> Result<(), sqlx::Error> {
    // A foreign key from another database keeps it from being dropped otherwise.
    let sql = format!(
        "SET SESSION foreign_key_checks = 0; DROP DATABASE IF EXISTS {}; SET SESSION foreign_key_checks = 1",
        quote(name)
    );
    link::run(connection, sql).await
}

/// Removes what statements made in the given database, or on the server; our mark stays.
pub(super) async fn empty(
    shared: &Shared<MyDriver>,
    admin: &mut MySqlConnection,
) -> Result<(), sqlx::Error> {
    match (shared.target.scope.as_deref(), &shared.known.defaults) {
        (Some(scope), Some(defaults)) => empty_database(admin, scope, defaults).await,
        _ => drop_made(admin).await,
    }
}

/// Empties a database and gives it back its defaults; our marker stays.
async fn empty_database(
    connection: &mut MySqlConnection,
    database: &str,
    before: &Defaults,
) -> Result<(), sqlx::Error> {
    link::run(connection, "SET SESSION foreign_key_checks = 0").await?;
    for found in content(connection, database).await? {
        if found.name == MARKER {
            continue;
        }
        // A package takes its body along.
        let sql = format!(
            "DROP {} IF EXISTS {}.{}",
            found.kind.to_uppercase(),
            quote(database),
            quote(&found.name)
        );
        link::run(connection, sql).await?;
    }
    link::run(connection, "SET SESSION foreign_key_checks = 1").await?;
    if Defaults::of(connection, database).await?.as_ref() != Some(before) {
        let sql = format!(
            "ALTER DATABASE {} CHARACTER SET {} COLLATE {}",
            quote(database),
            before.charset,
            before.collation
        );
        link::run(connection, sql).await?;
    }
    Ok(())
}

/// Table of the marker's database that lists the databases that statements make on a whole server.
const MADE: &str = "made";

/// Notes which databases are about to be made, so that only they are dropped, even by the next run.
async fn note_made(connection: &mut MySqlConnection, names: &[String]) -> Result<(), sqlx::Error> {
    let values: Vec<String> = names
        .iter()
        .map(|name| format!("({})", literal(name)))
        .collect();
    let sql = format!(
        "INSERT IGNORE INTO {}.{} VALUES {}",
        quote(MARKER),
        quote(MADE),
        values.join(", ")
    );
    link::run(connection, sql).await
}

/// The databases that were noted.
async fn made(connection: &mut MySqlConnection) -> Result<Vec<String>, sqlx::Error> {
    let exists = content(connection, MARKER).await?;
    if !exists.iter().any(|found| found.name == MADE) {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT name FROM {}.{}", quote(MARKER), quote(MADE));
    let rows = link::rows(connection, sql).await?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

/// Drops the databases that statements made on a whole server.
async fn drop_made(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let now = databases(connection).await?;
    for name in made(connection).await? {
        if now.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
            drop_database(connection, &name).await?;
        }
    }
    Ok(())
}

/// Leaves a mark by which the next run knows a killed one's leftovers: a table in the database, or a database.
pub(super) async fn mark(
    connection: &mut Opened,
    shared: &Shared<MyDriver>,
) -> Result<(), sqlx::Error> {
    let run = &shared.run;
    if let Some(database) = &shared.target.scope {
        return mark_database(connection, database, run).await;
    }
    let (charset, _) = connection.server.image_charset();
    let sql = format!(
        "CREATE DATABASE IF NOT EXISTS {marker} CHARACTER SET {charset}; \
         CREATE TABLE IF NOT EXISTS {marker}.{} (name varchar(64) PRIMARY KEY) COMMENT = {}",
        quote(MADE),
        comment(run),
        marker = quote(MARKER),
    );
    let marked = link::run(connection, sql).await;
    if marked.is_err() {
        let _ = unmark(connection, None).await;
    }
    marked
}

async fn mark_database(
    connection: &mut MySqlConnection,
    database: &str,
    run: &Run,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {}.{} (pid int PRIMARY KEY) COMMENT = {}",
        quote(database),
        quote(MARKER),
        comment(run)
    );
    link::run(connection, sql).await
}

fn comment(run: &Run) -> String {
    literal(&format!(
        "made by trueup, and removed by it when it ends or runs again: run {}",
        run.describe()
    ))
}

/// Takes the mark away.
pub(super) async fn unmark(
    connection: &mut MySqlConnection,
    scope: Option<&str>,
) -> Result<(), sqlx::Error> {
    let sql = match scope {
        Some(database) => format!("DROP TABLE IF EXISTS {}.{}", quote(database), quote(MARKER)),
        None => format!("DROP DATABASE IF EXISTS {}", quote(MARKER)),
    };
    link::run(connection, sql).await
}

/// Ends trueup's connections that may still be running.
pub(super) async fn kill(connection: &mut MySqlConnection, numbers: &[String]) {
    for number in numbers {
        let _ = link::run(connection, format!("KILL CONNECTION {number}")).await;
        // What it was told last is taken back or finished first.
        for _ in 0..500 {
            let sql = format!("SELECT ID FROM information_schema.PROCESSLIST WHERE ID = {number}");
            if !matches!(link::rows(connection, sql).await, Ok(rows) if !rows.is_empty()) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

/// Notes the databases that statements are about to make on a whole server.
///
/// # Errors
/// When one of them is there already.
pub(super) async fn note(
    shared: &Shared<MyDriver>,
    statements: &[Statement],
) -> Result<(), ExecError> {
    let mut admin = shared.admin.lock().await;
    let mut names: Vec<String> = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let Some(name) = class::makes_database(&statement.text) else {
            continue;
        };
        let failed = |error: sqlx::Error| {
            ExecError::of_engine(
                index,
                link::failed(&shared.target, "look at the dev server", &error),
            )
        };
        let same = |other: &String| other.eq_ignore_ascii_case(&name);
        let known = made(&mut admin).await.map_err(failed)?;
        if known.iter().any(same) || names.iter().any(same) {
            continue;
        }
        let there = databases(&mut admin).await.map_err(failed)?;
        if there.iter().any(same) {
            let message =
                format!("database `{name}` is on the server already, and trueup did not make it");
            return Err(ExecError::refused(index, message));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Ok(());
    }
    let noted = async {
        note_made(&mut admin, &names).await?;
        for name in &names {
            if let Some(user) = &shared.account {
                user.allow(&mut admin, name).await?;
            }
        }
        Ok(())
    };
    noted.await.map_err(|error: sqlx::Error| {
        ExecError::of_engine(0, link::failed(&shared.target, "note what is made", &error))
    })
}

/// Sets back what was changed on the server, and says what is left there.
pub(super) async fn settle(
    shared: &Shared<MyDriver>,
    admin: &mut MySqlConnection,
) -> Result<(), EngineError> {
    let failed =
        |error: sqlx::Error| link::failed(&shared.target, "clean the dev database", &error);
    if shared.known.trusting.load(Ordering::Acquire) {
        let sql = "SET GLOBAL log_bin_trust_function_creators = 0";
        link::run(admin, sql).await.map_err(failed)?;
    }
    let whole = shared.target.scope.is_none();
    if !whole && !shared.known.unjudged.load(Ordering::Acquire) {
        return Ok(());
    }
    let left = leftovers(shared, admin).await.map_err(failed)?;
    if left.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the server at {} has objects that were not there before: {}",
        shared.target.place,
        left.join(", ")
    );
    let hint = "if SQL that the migrations put together while they run made it, remove it by hand; trueup leaves what \
                it does not know to be its own";
    if whole {
        return Err(EngineError::new(message, hint));
    }
    // Others work on such a server, too.
    tracing::warn!("{message}; {hint}");
    Ok(())
}

/// What is on the server that was not there before: made by SQL that could not be judged before it ran, or by others.
async fn leftovers(
    shared: &Shared<MyDriver>,
    admin: &mut MySqlConnection,
) -> Result<Vec<String>, sqlx::Error> {
    let mut left = Vec::new();
    for name in databases(admin).await? {
        let ours = Some(&name) == shared.target.scope.as_ref() || Run::of_sibling(&name).is_some();
        if !ours && !shared.known.others.contains(&name) {
            left.push(format!("database `{name}`"));
        }
    }
    if let (Some(before), Some(now)) = (&shared.known.accounts, catalog::accounts(admin).await) {
        let new = now.iter().filter(|account| !before.contains(account));
        left.extend(new.map(|account| format!("account {account}")));
    }
    Ok(left)
}
