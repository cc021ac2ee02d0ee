//! The user that states are loaded under on a server that others use, too. It may do everything in the databases of the
//! states and nothing elsewhere, so that what SQL may do does not depend on how it is written.

use sqlx::mysql::MySqlConnection;

use super::link::{self, literal, quote};
use super::settings::Target;
use crate::config::Secret;
pub(super) use crate::dialect::mysql::definer::blank as without_definer;
use crate::dialect::mysql::server::{Product, Server};
use crate::engine::EngineError;
use crate::engine::docker;
use crate::engine::run::Run;

/// The server's number for a function or trigger that only a superuser may make as long as changes are logged.
pub(super) const UNTRUSTED: &str = "1419";

/// A user that this run made.
#[derive(Clone, Debug)]
pub(super) struct StateUser {
    name: String,
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
    pub(super) async fn make(
        admin: &mut MySqlConnection,
        server: Server,
        run: &Run,
    ) -> Result<Self, sqlx::Error> {
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
        let target = target.with_user(&self.name, self.password.expose());
        // The driver asks for the server's key there, and MySQL takes the question for the password.
        match self.product == Product::MySql && target.is_socket() {
            true => target.encrypted(),
            false => target,
        }
    }

    /// Tries to log in.
    pub(super) async fn log_in(&self, target: &Target) -> Result<(), EngineError> {
        let target = self.target(&target.without_database());
        let opened = link::open(&target).await?;
        link::close(opened.connection).await;
        Ok(())
    }

    /// Removes it.
    pub(super) async fn remove(&self, admin: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        remove(admin, &self.name).await
    }
}

/// Whether `_` and `%` in the name of a database that something is granted on are wildcards.
pub(super) async fn grants_patterns(admin: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
    let rows = link::rows(admin, "SHOW GLOBAL VARIABLES LIKE 'partial_revokes'").await?;
    Ok(rows.first().is_none_or(|row| row.text(1) != "ON"))
}

async fn remove(admin: &mut MySqlConnection, name: &str) -> Result<(), sqlx::Error> {
    link::run(admin, format!("DROP USER IF EXISTS {}", account(name))).await
}

/// Removes the users of runs that are gone: those with our name whose run holds no lock any more.
pub(super) async fn sweep(admin: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let sql = "SELECT User FROM mysql.user WHERE Host = '%' AND User LIKE 'trueup\\_%'";
    // Who may not look may not have made any.
    let Ok(rows) = link::rows(admin, sql).await else {
        return Ok(());
    };
    for name in rows.iter().map(|row| row.text(0)) {
        if let Some(run) = Run::of_sibling(&name)
            && super::clean::is_gone(admin, &run).await?
            && let Err(error) = remove(admin, &name).await
        {
            tracing::warn!("can't drop the user {name}, which a run that was killed left: {error}");
        }
    }
    Ok(())
}
