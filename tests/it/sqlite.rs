//! SQLite's dev database and what the other SQLite tests share: open, run a script, inspect.

use trueup::config::url::DbUrl;
use trueup::dialect::{self, Dialect};
use trueup::engine::attend::Unattended;
use trueup::engine::{DevDatabase, EngineError, InspectOptions, Session};
use trueup::plan::TxMode;
use trueup::schema::{Realm, Schema, Table};
use trueup::sql::{Statement, scan};

pub(crate) fn url(text: &str) -> DbUrl {
    DbUrl::parse(text).expect("a URL")
}

pub(crate) fn sqlite() -> &'static dyn Dialect {
    dialect::for_url(&url("sqlite://dev?mode=memory")).expect("SQLite is registered")
}

pub(crate) fn statements(script: &str) -> Vec<Statement> {
    scan(script, &sqlite().profile().scan)
        .expect("the script splits")
        .statements
}

pub(crate) async fn dev() -> Box<dyn DevDatabase> {
    sqlite()
        .open_dev(&url("sqlite://dev?mode=memory"), &Unattended)
        .await
        .expect("opens")
}

/// A new state in which the script has run, statement by statement.
pub(crate) async fn state(script: &str) -> Box<dyn Session> {
    let mut session = dev().await.session("test").await.expect("a session");
    session
        .execute(&statements(script), TxMode::None)
        .await
        .unwrap_or_else(|error| panic!("{script}\n{error:?}"));
    session
}

pub(crate) async fn realm(session: &mut dyn Session) -> Realm {
    session
        .inspect(&InspectOptions::default())
        .await
        .expect("inspects")
}

/// The schema that the script makes.
pub(crate) async fn schema(script: &str) -> Schema {
    let mut session = state(script).await;
    realm(session.as_mut()).await.schemas.remove(0)
}

/// The only table that the script makes.
pub(crate) async fn table(script: &str) -> Table {
    schema(script).await.tables.remove(0)
}

async fn refused(url_text: &str) -> EngineError {
    match sqlite().open_dev(&url(url_text), &Unattended).await {
        Ok(_) => panic!("{url_text} opens"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn urls_that_atlas_users_write_open() {
    for text in [
        "sqlite://dev?mode=memory",
        "sqlite://file?mode=memory&cache=shared&_fk=1",
        "sqlite://dev?mode=memory&_fk=1",
        "sqlite://:memory:",
        "sqlite://?mode=memory",
        "sqlite3://dev?mode=memory",
        "sqlite://file:dev.db?mode=memory",
    ] {
        let dialect = dialect::for_url(&url(text)).unwrap();
        let dev = dialect.open_dev(&url(text), &Unattended).await;
        let dev = dev.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(dev.concurrent() && dev.scoped());
        dev.close().await.unwrap();
    }
    let error = refused("sqlite://dev?mode=memry").await;
    assert!(error.message.contains("unknown mode `memry`"), "{error}");
    let error = refused("sqlite://dev?mod=memory").await;
    assert!(error.message.contains("unknown parameter `mod`"), "{error}");
    assert!(error.hint.unwrap().contains("mode"));
    let error = refused("local://sqlite").await;
    assert!(error.message.contains("needs no server"), "{error}");
}

#[tokio::test]
async fn two_states_never_see_each_other() {
    let mut dev = dev().await;
    let mut one = dev.session("desired").await.unwrap();
    let mut two = dev.session("current").await.unwrap();
    one.execute(&statements("CREATE TABLE t (a int)"), TxMode::File)
        .await
        .unwrap();
    assert_eq!(realm(one.as_mut()).await.schemas[0].tables.len(), 1);
    assert_eq!(realm(two.as_mut()).await.schemas[0].tables.len(), 0);
    one.close().await.unwrap();
    two.close().await.unwrap();
    dev.close().await.unwrap();
}

#[tokio::test]
async fn a_dev_file_is_left_as_it_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dev.db");
    let text = format!("sqlite://{}", path.display());
    let work = async || {
        let mut dev = sqlite()
            .open_dev(&url(&text), &Unattended)
            .await
            .expect("opens");
        let mut session = dev.session("current").await.unwrap();
        session
            .execute(&statements("CREATE TABLE t (a int)"), TxMode::File)
            .await
            .unwrap();
        session.close().await.unwrap();
        dev.close().await.unwrap();
    };
    work().await;
    assert!(!path.exists(), "an absent file stays absent");
    std::fs::write(&path, "").unwrap();
    work().await;
    assert_eq!(std::fs::read(&path).unwrap(), b"");
    file_with(&path, "CREATE TABLE other (a)").await;
    let before = std::fs::read(&path).unwrap();
    let error = refused(&text).await;
    assert!(
        error.message.contains("not empty: found table \"other\""),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    std::fs::write(
        &path,
        "this is a text file, long enough to have a header of its own",
    )
    .unwrap();
    let error = refused(&text).await;
    assert!(error.message.contains("not a database"), "{error}");
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 1, "no helper files");
}

async fn file_with(path: &std::path::Path, script: &str) {
    use sqlx::{Connection as _, Executor as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options)
        .await
        .expect("the file opens");
    let script = sqlx::AssertSqlSafe(script);
    connection.execute(script).await.expect("the script runs");
    connection.close().await.expect("the file closes");
}

#[tokio::test]
async fn an_existing_file_is_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in [
        ("plain.db", "CREATE TABLE t (a int)"),
        (
            "wal.db",
            "PRAGMA journal_mode = wal; CREATE TABLE t (a int)",
        ),
    ] {
        let path = folder.path().join(name);
        file_with(&path, script).await;
        let before = std::fs::read(&path).unwrap();
        let target = url(&format!("sqlite://{}", path.display()));
        let mut session = sqlite().connect(&target).await.unwrap();
        assert_eq!(realm(session.as_mut()).await.schemas[0].tables[0].name, "t");
        let drop = statements("DROP TABLE t");
        assert!(session.execute(&drop, TxMode::None).await.is_err());
        session.close().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
    }
    let absent = url(&format!("sqlite://{}/absent.db", folder.path().display()));
    let error = sqlite().connect(&absent).await.err().unwrap();
    assert!(error.message.contains("does not exist"), "{error}");
    assert!(!folder.path().join("absent.db").exists());
}

#[tokio::test]
async fn a_failure_names_its_statement_and_leaves_nothing_open() {
    let mut session = state("CREATE TABLE t (a int NOT NULL)").await;
    let script = statements("INSERT INTO t VALUES (1); INSERT INTO t VALUES (NULL); SELECT 1");
    let error = session.execute(&script, TxMode::File).await.unwrap_err();
    assert_eq!(error.statement, 1);
    assert!(
        error.message.contains("NOT NULL constraint failed: t.a"),
        "{error}"
    );
    assert!(error.code.is_some());
    // The first row went with the transaction, and a new one can begin.
    let check =
        statements("CREATE TABLE c (n CHECK (n = 0)); INSERT INTO c SELECT count(*) FROM t");
    session.execute(&check, TxMode::File).await.unwrap();

    let error = session
        .execute(
            &statements("SELECT 1; CREATE TABLE u (a int,, b int)"),
            TxMode::None,
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.statement, error.message.as_str()),
        (1, "near \",\": syntax error")
    );
    let error = session
        .execute(&statements("CREATE TABEL u (a int)"), TxMode::None)
        .await
        .unwrap_err();
    assert_eq!(error.offset, Some(7));

    let error = session
        .execute(&statements("BEGIN; SELECT 1"), TxMode::None)
        .await
        .unwrap_err();
    assert!(error.message.contains("still open"), "{error}");
    let error = session
        .execute(&statements("BEGIN; SELECT 1; COMMIT"), TxMode::File)
        .await
        .unwrap_err();
    assert!(error.hint.unwrap().contains("txmode none"));
    session
        .execute(&statements("BEGIN; SELECT 1; COMMIT"), TxMode::None)
        .await
        .unwrap();
}

#[tokio::test]
async fn foreign_keys_are_enforced_unless_a_file_turns_them_off() {
    let mut session = state(
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE); \
         INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);
         CREATE TABLE one (n CHECK (n = 1))",
    )
    .await;
    let error = session
        .execute(&statements("INSERT INTO c VALUES (2)"), TxMode::File)
        .await
        .unwrap_err();
    assert!(error.message.contains("FOREIGN KEY"), "{error}");
    // A rebuild as Atlas writes it, in the mode in which Atlas runs it.
    let atlas = statements(
        "PRAGMA foreign_keys = off; CREATE TABLE new_p (id integer PRIMARY KEY, a int NULL); \
         INSERT INTO new_p (id) SELECT id FROM p; DROP TABLE p; ALTER TABLE new_p RENAME TO p; \
         PRAGMA foreign_keys = on",
    );
    session.execute(&atlas, TxMode::File).await.unwrap();
    let still = statements("INSERT INTO one SELECT count(*) FROM c");
    session.execute(&still, TxMode::File).await.unwrap();
    let error = session
        .execute(&statements("INSERT INTO c VALUES (2)"), TxMode::File)
        .await
        .unwrap_err();
    assert!(error.message.contains("FOREIGN KEY"), "on again: {error}");
}
