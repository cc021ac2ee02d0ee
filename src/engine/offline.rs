//! Dev databases without a server: a state is the schema model itself, and a dialect's reader of its own DDL changes it.
//!
//! What it can't follow it refuses, so that a state is never a guess. It holds no rows, and proves nothing of a server.

use std::time::Duration;

use async_trait::async_trait;

use super::{Answer, DevDatabase, EngineError, ExecError, InspectOptions, Outside, Row, Session};
use crate::config::url::DbUrl;
use crate::plan::TxMode;
use crate::schema::{Realm, Schema};
use crate::sql::Statement;

/// The scheme of dev databases without a server, as far as dialects have them.
pub const SCHEME: &str = "offline";

/// A state that statements change. A copy of it costs next to nothing.
pub trait Replay: Clone + Send + Sync + 'static {
    /// A file begins, with the settings of a fresh connection.
    fn start(&mut self, _mode: TxMode) {}

    /// Follows one statement of a script: all of it, or nothing.
    ///
    /// # Errors
    /// When a server would refuse it, or when it can't be followed; the index of the statement is the caller's matter.
    fn run(&mut self, text: &str) -> Result<(), ExecError>;

    /// What the state holds.
    ///
    /// # Errors
    /// When it can't be told.
    fn realm(&self) -> Result<Realm, EngineError>;
}

/// States that all begin as one.
#[derive(Debug)]
pub struct Offline<R> {
    empty: R,
    scope: Option<String>,
}

impl<R: Replay> Offline<R> {
    /// States that begin as `empty`, of which one schema is looked at where there is a `scope`.
    pub fn new(empty: R, scope: Option<String>) -> Self {
        Self { empty, scope }
    }
}

#[async_trait]
impl<R: Replay> DevDatabase for Offline<R> {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.scope.is_some()
    }

    fn proves(&self) -> bool {
        false
    }

    async fn session(&mut self, _label: &str) -> Result<Box<dyn Session>, EngineError> {
        Ok(Box::new(State {
            replay: self.empty.clone(),
            begun: None,
            scope: self.scope.clone(),
        }))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        Ok(())
    }
}

/// One state.
struct State<R> {
    replay: R,
    /// The state in which the open transaction of a program began.
    begun: Option<R>,
    scope: Option<String>,
}

impl<R: Replay> State<R> {
    fn is_read(&self, schema: &Schema, options: &InspectOptions) -> bool {
        match &self.scope {
            Some(only) => schema.name == *only,
            None => options.schemas.is_empty() || options.schemas.contains(&schema.name),
        }
    }
}

/// The URL is that of a state without a server.
pub fn is_offline(url: &DbUrl) -> bool {
    url.scheme() == SCHEME
}

/// Nothing is behind such a URL that could be connected to. `instead` is a URL of a database.
pub fn nothing_behind(url: &DbUrl, instead: &str) -> EngineError {
    EngineError::new(
        format!(
            "{url} is a dev database: it holds nothing that could be read, and nothing can be applied to it"
        ),
        format!("name a database: `{instead}`"),
    )
}

/// What only a server has an answer to.
fn no_server(what: &str) -> EngineError {
    EngineError::new(
        format!("{what}: the dev database is offline, and holds no rows"),
        "a dev database on a server can do it",
    )
}

#[async_trait]
impl<R: Replay> Session for State<R> {
    fn scoped(&self) -> bool {
        self.scope.is_some()
    }

    fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    async fn execute(&mut self, statements: &[Statement], mode: TxMode) -> Result<(), ExecError> {
        self.replay.start(mode);
        let before = (mode == TxMode::File).then(|| self.replay.clone());
        for (at, statement) in statements.iter().enumerate() {
            for _ in 0..statement.repeat {
                let Err(refused) = self.replay.run(&statement.text) else {
                    continue;
                };
                if let Some(before) = before {
                    self.replay = before;
                }
                return Err(ExecError {
                    statement: at,
                    ..refused
                });
            }
        }
        Ok(())
    }

    async fn ask(&mut self, statement: &Statement, query: bool) -> Result<Answer, ExecError> {
        if query {
            let error = no_server("a query can't be answered");
            return Err(ExecError::of_engine(0, error));
        }
        let mut words = statement.text.split_whitespace();
        let mut word = || words.next().unwrap_or_default().trim_end_matches(';');
        match (word(), word()) {
            ("BEGIN", "TRANSACTION") => self.begun = Some(self.replay.clone()),
            ("COMMIT", "") => self.begun = None,
            ("ROLLBACK", "") => {
                if let Some(begun) = self.begun.take() {
                    self.replay = begun;
                }
            }
            _ => self.replay.run(&statement.text)?,
        }
        Ok(Answer::default())
    }

    async fn inspect(&mut self, options: &InspectOptions) -> Result<Realm, EngineError> {
        let mut realm = self.replay.realm()?;
        realm.schemas.retain(|schema| self.is_read(schema, options));
        Ok(realm)
    }

    async fn outside(&mut self, options: &InspectOptions) -> Result<Vec<Outside>, EngineError> {
        let realm = self.replay.realm()?;
        let mut found = Vec::new();
        for schema in &realm.schemas {
            if self.is_read(schema, options) {
                continue;
            }
            let outside = |kind: &str, name: &str| Outside {
                schema: schema.name.clone(),
                kind: kind.to_owned(),
                name: name.to_owned(),
            };
            found.extend(schema.tables.iter().map(|one| outside("table", &one.name)));
            let sequences = schema.sequences.iter();
            found.extend(sequences.map(|one| outside("sequence", &one.name)));
            found.extend(schema.texts.iter().map(|one| outside(&one.kind, &one.name)));
        }
        Ok(found)
    }

    async fn tables_named(&mut self, names: &[&str]) -> Result<Vec<(String, String)>, EngineError> {
        let realm = self.replay.realm()?;
        let all = realm.schemas.iter().flat_map(|schema| {
            let tables = schema.tables.iter();
            tables.map(|table| (schema.name.clone(), table.name.clone()))
        });
        Ok(all.filter(|(_, name)| names.contains(&&**name)).collect())
    }

    async fn rows(&mut self, table: (&str, &str), _: &[&str]) -> Result<Vec<Row>, EngineError> {
        Err(no_server(&format!("can't read table {}", table.1)))
    }

    async fn column(&mut self, _query: &Statement, _all: bool) -> Result<Vec<String>, EngineError> {
        Err(no_server("can't run the query"))
    }

    async fn is_locked(&mut self, _name: &str) -> Result<bool, EngineError> {
        Ok(false)
    }

    async fn lock(&mut self, _name: &str, _wait: Duration) -> Result<bool, EngineError> {
        Ok(true)
    }

    async fn renew(&mut self) -> Result<(), EngineError> {
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        Ok(())
    }
}
