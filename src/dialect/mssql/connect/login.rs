//! The login that states are loaded under on a server that others use, too. It owns the databases of the states and may do
//! nothing elsewhere, so that what SQL may do does not depend on how it is written.

use tiberius::error::Error;

use super::MsDriver;
use super::link::{self, Opened, literal, quote};
use super::settings::{Login, Target};
use crate::config::Secret;
use crate::engine::dev::Shared;
use crate::engine::{EngineError, docker};

/// A login that this run made.
#[derive(Clone, Debug)]
pub(in crate::dialect) struct StateLogin {
    name: String,
    password: Secret,
}

impl StateLogin {
    /// Makes a database its own.
    pub(super) async fn own(&self, admin: &mut Opened, database: &str) -> Result<(), Error> {
        let sql = format!(
            "ALTER AUTHORIZATION ON DATABASE::{} TO {}",
            quote(database),
            quote(&self.name)
        );
        admin.run(&sql).await
    }

    /// How the server is reached as this login.
    pub(super) fn target(&self, target: &Target) -> Target {
        let mut target = target.clone();
        target.options.login = Login::Password {
            user: self.name.clone(),
            password: self.password.clone(),
        };
        target
    }
}

/// Removes a login.
pub(super) async fn remove(admin: &mut Opened, name: &str) -> Result<(), Error> {
    let (text, name) = (literal(name), quote(name));
    admin
        .run(&format!(
            "IF SUSER_ID({text}) IS NOT NULL DROP LOGIN {name}"
        ))
        .await
}

/// Makes the login that states log in as, where the URL's user may.
pub(super) async fn confine(
    shared: &mut Shared<MsDriver>,
) -> Result<Option<StateLogin>, EngineError> {
    let (target, admin) = (&shared.target, shared.admin.get_mut());
    let name = shared.run.sibling(0);
    let login = StateLogin {
        // Whatever a server asks of passwords.
        password: Secret::new(format!("Tu-{}", docker::random()?)),
        name: name.clone(),
    };
    let sql = format!(
        "CREATE LOGIN {} WITH PASSWORD = {}, CHECK_POLICY = OFF",
        quote(&name),
        literal(login.password.expose())
    );
    let made = match admin.run(&sql).await {
        Ok(()) => login.own(admin, &name).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => Ok(Some(login)),
        Err(error @ Error::Server(_)) => {
            tracing::debug!("states log in as the URL's user: {}", link::said(&error));
            let removed = remove(admin, &name).await;
            removed
                .map_err(|error| link::failed(target, "drop the login of the states", &error))?;
            Ok(None)
        }
        Err(error) => Err(link::failed(target, "make a login for the states", &error)),
    }
}
