//! The user that states are loaded under on a server that others use, too. It may do everything in the databases of the
//! states and nothing elsewhere, so that what SQL may do does not depend on how it is written.

use std::sync::atomic::Ordering;

use sqlx::mysql::{MySqlConnection, MySqlSslMode};

use super::MyDriver;
use super::exec;
use super::link::{self, Opened, literal, quote};
use super::settings::Target;
use crate::config::Secret;
use crate::dialect::mysql::definer::blank as without_definer;
use crate::dialect::mysql::server::Product;
use crate::engine::dev::Shared;
use crate::engine::run::Run;
use crate::engine::{EngineError, ExecError, docker};
use crate::sql::Statement;

/// The server's number for a function or trigger that only a superuser may make as long as changes are logged.
const UNTRUSTED: &str = "1419";

/// A user that this run made.
#[derive(Clone, Debug)]
pub(in crate::dialect) struct StateUser {
    pub(super) name: String,
    password: Secret,
    product: Product,
    /// `_` and `%` in the name of a database that something is granted on stand for themselves.
    literal_names: bool,
}

/// How a user is named in statements. From where it comes is not known: this server may be reached through a network.
fn account(name: &str) -> String {
    format!("{}@'%'", literal(name))
}

impl StateUser {
    /// Makes one.
    ///
    /// # Errors
    /// Also where the URL's user may not.
    async fn make(admin: &mut Opened, run: &Run) -> Result<Self, sqlx::Error> {
        let server = admin.server;
        let random = docker::random().map_err(|error| sqlx::Error::Protocol(error.message))?;
        // Whatever a server asks of passwords.
        let password = Secret::new(format!("Tu-{random}"));
        let user = Self {
            name: run.sibling(0),
            password,
            product: server.product,
            literal_names: !grants_patterns(admin).await?,
        };
        let account = account(&user.name);
        let password = literal(user.password.expose());
        link::run(
            admin,
            format!("CREATE USER {account} IDENTIFIED BY {password}"),
        )
        .await?;
        if server.product == Product::MySql {
            // Dumps turn the binary log off for their session. Versions that don't know the right ask for SUPER.
            let grant = format!("GRANT SESSION_VARIABLES_ADMIN ON *.* TO {account}");
            let _ = link::run(admin, grant).await;
        }
        Ok(user)
    }

    /// Lets it do everything in a database.
    pub(super) async fn allow(
        &self,
        admin: &mut MySqlConnection,
        database: &str,
    ) -> Result<(), sqlx::Error> {
        let pattern = match self.literal_names {
            true => database.to_owned(),
            false => database
                .replace('\\', "\\\\")
                .replace('_', "\\_")
                .replace('%', "\\%"),
        };
        let account = account(&self.name);
        link::run(
            admin,
            format!("GRANT ALL ON {}.* TO {account}", quote(&pattern)),
        )
        .await
    }

    /// How the server is reached as this user.
    pub(super) fn target(&self, target: &Target) -> Target {
        let options = target.options.clone();
        let options = options
            .username(&self.name)
            .password(self.password.expose());
        Target {
            // The driver asks for the server's key there, and MySQL takes the question for the password.
            options: match self.product == Product::MySql && target.is_socket() {
                true => options.ssl_mode(MySqlSslMode::Required),
                false => options,
            },
            ..target.clone()
        }
    }

    /// Tries to log in.
    async fn log_in(&self, target: &Target) -> Result<(), EngineError> {
        let target = self.target(&target.unscoped());
        let opened = link::open(&target).await?;
        link::close(opened.inner).await;
        Ok(())
    }
}

/// Whether `_` and `%` in the name of a database that something is granted on are wildcards.
pub(super) async fn grants_patterns(admin: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
    let rows = link::rows(admin, "SHOW GLOBAL VARIABLES LIKE 'partial_revokes'").await?;
    Ok(rows.first().is_none_or(|row| row.text(1) != "ON"))
}

/// Removes a user.
pub(super) async fn remove(admin: &mut MySqlConnection, name: &str) -> Result<(), sqlx::Error> {
    link::run(admin, format!("DROP USER IF EXISTS {}", account(name))).await
}

/// Users with the names of runs; none where we may not look, since then we may not have made any.
pub(super) async fn of_runs(admin: &mut MySqlConnection) -> Vec<String> {
    let sql = "SELECT User FROM mysql.user WHERE Host = '%' AND User LIKE 'trueup\\_%'";
    let rows = link::rows(admin, sql).await.unwrap_or_default();
    rows.iter().map(|row| row.text(0)).collect()
}

/// Makes the user that states log in as, where the URL's user may.
pub(super) async fn confine(
    shared: &mut Shared<MyDriver>,
) -> Result<Option<StateUser>, EngineError> {
    let (target, admin) = (&shared.target, shared.admin.get_mut());
    let user = match StateUser::make(admin, &shared.run).await {
        Ok(user) => user,
        Err(error @ sqlx::Error::Database(_)) => {
            tracing::debug!("states log in as the URL's user: {error}");
            return Ok(None);
        }
        Err(error) => return Err(link::failed(target, "make a user for the states", &error)),
    };
    let usable = async {
        // Who may make users need not be able to pass rights on.
        let sibling = shared.run.sibling(0);
        for database in target.scope.iter().chain([&sibling]) {
            let allowed = user.allow(admin, database).await;
            allowed.map_err(|error| link::failed(target, "grant rights", &error))?;
        }
        user.log_in(target).await
    };
    let Err(error) = usable.await else {
        return Ok(Some(user));
    };
    let removed = remove(admin, &user.name).await;
    removed.map_err(|error| link::failed(target, "drop the user of the states", &error))?;
    tracing::warn!(
        "the SQL of models and migrations runs with all rights of the URL's user at {}, not as a user of its own: {error}",
        target.place
    );
    Ok(None)
}

/// Runs statements, in the words of the user that the session is of.
pub(super) async fn execute(
    shared: &Shared<MyDriver>,
    connection: &mut Opened,
    statements: &[Statement],
) -> Result<(), ExecError> {
    if shared.account.is_none() {
        return exec::execute(connection, statements).await;
    }
    let said = |statement: &Statement| Statement {
        text: without_definer(&statement.text).unwrap_or_else(|| statement.text.clone()),
        ..statement.clone()
    };
    let own: Vec<Statement> = statements.iter().map(said).collect();
    // Once for each statement: another run may take back what makes it possible.
    let (mut from, mut last) = (0, None);
    loop {
        let Err(mut error) = exec::execute(connection, &own[from..]).await else {
            return Ok(());
        };
        error.statement += from;
        let untrusted = error.code.as_deref() == Some(UNTRUSTED) && last != Some(error.statement);
        if !untrusted || !trust(shared).await {
            return Err(error);
        }
        from = error.statement;
        last = Some(from);
    }
}

/// Lets the states' user make functions and triggers although changes are logged, as the URL's user may; `false` where
/// that is not to be had.
async fn trust(shared: &Shared<MyDriver>) -> bool {
    let sql = "SET GLOBAL log_bin_trust_function_creators = 1";
    let done = link::run(&mut *shared.admin.lock().await, sql)
        .await
        .is_ok();
    shared.known.trusting.fetch_or(done, Ordering::AcqRel);
    done
}
