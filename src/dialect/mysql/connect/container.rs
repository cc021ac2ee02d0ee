//! `docker://mysql/TAG[/DATABASE]`, `docker://mariadb/…`, `docker+mysql://…` and `docker+mariadb://…`: private servers in
//! containers.
//!
//! The images are the official ones or made from them, by their documented variables
//! (<https://hub.docker.com/_/mysql>, <https://hub.docker.com/_/mariadb>). What is passed suits both products, so that the
//! server's own word counts here as it does for other URLs. Everything that only protects data is off.

use std::time::Duration;

use super::settings::{self, Target};
use super::{clean, link, local};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::dialect::mysql::server::Product;
use crate::engine::EngineError;
use crate::engine::attend::Attendant;
use crate::engine::docker::image::Source;
use crate::engine::docker::{self, Container, Fleet, Launch};

const PORT: u16 = 3306;
const USER: &str = "root";
const DATA: &str = "/var/lib/mysql";
const START_BUDGET: Duration = Duration::from_secs(60);

impl Product {
    /// Images by their short names.
    pub(in crate::dialect) const fn images(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::MySql => &[("mysql", "mysql")],
            Self::MariaDb => &[("mariadb", "mariadb"), ("maria", "mariadb")],
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::MySql => "docker://mysql/8/dev",
            Self::MariaDb => "docker://mariadb/11/dev",
        }
    }
}

/// An image, and what containers of it are started for.
pub(super) struct Image {
    fleet: Fleet,
    url: DbUrl,
    password: Secret,
    scope: Option<String>,
    budget: Duration,
}

impl Image {
    /// Finds Docker and the image.
    ///
    /// # Errors
    /// When there is no Docker or no such image, or the URL makes no sense.
    pub(super) async fn find(
        url: &DbUrl,
        product: Product,
        attendant: &dyn Attendant,
    ) -> Result<Self, EngineError> {
        let source = Source::read(url, product.images(), product.example())?;
        url.check_params(&settings::private_params())?;
        let password = Secret::new(docker::random()?);
        // What is wrong with a parameter is said before anything starts.
        let budget = match target(url, "localhost", PORT, &password, None)?.patience {
            given if url.param("timeout").is_some() => given,
            _ => START_BUDGET,
        };
        let fleet = Fleet::open(launch(&source, &password), attendant).await?;
        Ok(Self {
            fleet,
            url: url.clone(),
            password,
            scope: source.database,
            budget,
        })
    }

    /// The one database that states are limited to.
    pub(super) fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Starts a container and waits for its server. What is left of a failure goes when this is closed.
    ///
    /// # Errors
    /// When the server does not get ready, or has databases that we did not make.
    pub(super) async fn start(
        &self,
        attendant: &dyn Attendant,
    ) -> Result<(Container, Target), EngineError> {
        let mut container = self.fleet.start(attendant).await?;
        let scope = self.scope.as_deref();
        let (host, port) = (container.host(), container.port());
        let target = target(&self.url, host, port, &self.password, scope)?;
        container
            .ready(self.budget, attendant, || async {
                let answered = select_one(&target).await;
                answered.map_err(|error| link::said(&error))
            })
            .await?;
        let target = Target {
            place: format!("the container of {}", self.fleet.image()),
            ..target
        };
        let mut connection = link::open(&target.without_database()).await?.connection;
        let found = clean::databases(&mut connection)
            .await
            .map_err(|error| link::failed(&target, "list the databases", &error))?;
        link::close(connection).await;
        match found.first() {
            None => Ok((container, target)),
            Some(name) => Err(EngineError::new(
                format!(
                    "the image {} comes with a database of its own, `{name}`",
                    self.fleet.image()
                ),
                "a dev database must be empty: use the image that this one was made from",
            )),
        }
    }

    /// Removes all containers.
    ///
    /// # Errors
    /// When one can't be removed.
    pub(super) async fn close(&self) -> Result<(), EngineError> {
        self.fleet.close().await
    }
}

async fn select_one(target: &Target) -> Result<(), sqlx::Error> {
    let mut connection = link::attempt(&target.without_database().options).await?;
    link::run(&mut connection, "SELECT 1").await?;
    link::close(connection).await;
    Ok(())
}

fn launch(source: &Source, password: &Secret) -> Launch {
    let mut env = Vec::new();
    for product in ["MYSQL", "MARIADB"] {
        env.push((
            format!("{product}_ROOT_PASSWORD"),
            password.expose().to_owned(),
        ));
        // Tables of time zones take seconds to fill.
        env.push((format!("{product}_INITDB_SKIP_TZINFO"), "1".to_owned()));
    }
    let command = local::DISPOSABLE.iter().chain(local::SMALL);
    Launch {
        image: source.image.clone(),
        env,
        command: command.map(|&word| word.to_owned()).collect(),
        port: PORT,
        data: DATA,
        secrets: vec![password.clone()],
    }
}

/// The server as any other URL would name it, with the parameters of this one.
fn target(
    url: &DbUrl,
    host: &str,
    port: u16,
    password: &Secret,
    scope: Option<&str>,
) -> Result<Target, EngineError> {
    let place = format!("mysql://{USER}@{host}:{port}");
    let mut server = DbUrl::parse(&place)
        .map_err(|error| EngineError::plain(error.to_string()))?
        .with_user(USER, Some(password.clone()));
    for (key, value) in url.query() {
        server = server.with_param(key, Some(value));
    }
    let target = settings::target(&server)?;
    // Not by way of the URL: in its path a name could be taken for several.
    Ok(match scope {
        Some(name) => Target {
            options: target.options.database(name),
            scope: Some(name.to_owned()),
            ..target
        },
        None => target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_become_images_and_targets() {
        let url = |text: &str| DbUrl::parse(text).unwrap();
        let image = |text: &str, product: Product| {
            Source::read(&url(text), product.images(), product.example())
                .unwrap()
                .image
        };
        assert_eq!(image("docker://mysql/8/dev", Product::MySql), "mysql:8");
        assert_eq!(image("docker://maria/11", Product::MariaDb), "mariadb:11");
        let reference = "docker+mysql://_/arigaio/mysql:8/dev";
        assert_eq!(image(reference, Product::MySql), "arigaio/mysql:8");

        let password = Secret::new("hunter2");
        let given = url("docker://mysql/8/dev?parseTime=true&timeout=7s");
        let target = target(&given, "10.0.0.2", 3306, &password, Some("dev")).unwrap();
        assert_eq!(target.place, "10.0.0.2:3306");
        assert_eq!(target.scope.as_deref(), Some("dev"));
        assert_eq!(target.patience, Duration::from_secs(7));
        let unknown = url("docker://mysql/8/dev?scope=server");
        assert!(unknown.check_params(&settings::private_params()).is_err());
    }

    #[test]
    fn what_the_servers_get_suits_both_products() {
        let source = Source {
            image: "mysql:8".to_owned(),
            database: None,
        };
        let launch = launch(&source, &Secret::new("hunter2"));
        // Neither the network nor the keys by which passwords travel over it are turned off.
        let words = launch.command.join(" ");
        assert!(
            !words.contains("networking") && !words.contains("rsa"),
            "{words}"
        );
        assert!(!format!("{:?}", launch.secrets).contains("hunter2"));
    }
}
