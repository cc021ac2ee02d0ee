//! `docker://postgres/TAG[/DATABASE]` and `docker+postgres://…`: a private server in a container.
//!
//! The image is the official one or made from it, by its documented variables
//! (<https://hub.docker.com/_/postgres>): a password, a database, where the data is. Everything that only protects
//! data is off.

use std::time::Duration;

use super::dev::PrivateDev;
use super::link;
use super::settings::{self, Target};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::engine::EngineError;
use crate::engine::attend::Attendant;
use crate::engine::docker::image::Source;
use crate::engine::docker::{self, Fleet, Launch};
use crate::engine::private::PrivateServer as _;

/// Images by their short names.
pub(in crate::dialect::postgres) const IMAGES: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("postgis", "postgis/postgis"),
    ("pgvector", "pgvector/pgvector"),
];
const EXAMPLE: &str = "docker://postgres/17/dev";
const PORT: u16 = 5432;
const SUPERUSER: &str = "postgres";
/// A directory of our own, since the images' differ from version to version.
const DATA: &str = "/trueup";
const PGDATA: &str = "/trueup/data";
const COMMAND: &[&str] = &[
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
];
const START_BUDGET: Duration = Duration::from_secs(60);

/// Starts a container and waits for its server.
///
/// # Errors
/// When there is no Docker, no such image, or the server does not get ready; nothing is left then.
pub(super) async fn open(
    url: &DbUrl,
    attendant: &dyn Attendant,
) -> Result<PrivateDev, EngineError> {
    let source = Source::read(url, IMAGES, EXAMPLE)?;
    url.check_params(&settings::private_params())?;
    let password = Secret::new(docker::random()?);
    let database = source.database.as_deref().unwrap_or(SUPERUSER);
    let connection = |host: &str, port| target(url, host, port, &password, database);
    // What is wrong with a parameter is said before anything starts.
    let budget = match connection("localhost", PORT)?.patience {
        given if url.param("connect_timeout").is_some() => given,
        _ => START_BUDGET,
    };
    let fleet = Fleet::open(launch(&source, database, &password), attendant).await?;
    let started = async {
        let mut container = fleet.start(attendant).await?;
        let target = connection(container.host(), container.port())?;
        container
            .ready(budget, attendant, || async {
                let answered = select_one(&target).await;
                answered.map_err(|error| link::said(&error))
            })
            .await?;
        Ok(Target {
            place: format!("the container of {}", fleet.image()),
            ..target
        })
    };
    match started.await {
        Ok(target) => PrivateDev::over(Box::new(fleet), target, &[]).await,
        Err(error) => {
            Box::new(fleet).stop().await?;
            Err(error)
        }
    }
}

async fn select_one(target: &Target) -> Result<(), sqlx::Error> {
    let mut connection = link::attempt(target).await?;
    link::run(&mut connection, "SELECT 1").await?;
    link::close(connection).await;
    Ok(())
}

fn launch(source: &Source, database: &str, password: &Secret) -> Launch {
    let env = [
        ("POSTGRES_PASSWORD", password.expose()),
        ("POSTGRES_DB", database),
        ("POSTGRES_INITDB_ARGS", "--no-sync"),
        ("PGDATA", PGDATA),
    ];
    Launch {
        image: source.image.clone(),
        env: env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        command: COMMAND.iter().map(|&word| word.to_owned()).collect(),
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
    database: &str,
) -> Result<Target, EngineError> {
    let place = format!("postgres://{SUPERUSER}@{host}:{port}");
    let mut server = DbUrl::parse(&place)
        .map_err(|error| EngineError::plain(error.to_string()))?
        .with_user(SUPERUSER, Some(password.clone()))
        .with_path(&format!("/{database}"))
        // The images come without certificates.
        .with_param("sslmode", Some("disable"));
    for (key, value) in url.query() {
        server = server.with_param(key, Some(value));
    }
    Target::read(&server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_reach_the_connection_and_addresses_do_not() {
        let url = |text: &str| DbUrl::parse(text).unwrap();
        let password = Secret::new("hunter2");
        let given = url("docker://postgres/17/dev?search_path=app&connect_timeout=7");
        let target = target(&given, "127.0.0.1", 49_153, &password, "a b").unwrap();
        assert_eq!(target.scope.as_deref(), Some("app"));
        assert_eq!(target.options.get_port(), 49_153);
        assert_eq!(target.database(), "a b");
        assert_eq!(target.patience, Duration::from_secs(7));
        for (text, part) in [
            (
                "docker://postgres/17/dev?host=elsewhere",
                "unknown parameter `host`",
            ),
            (
                "docker://postgres/17/dev?password=x",
                "unknown parameter `password`",
            ),
            (
                "docker://postgres/17/dev?searchpath=x",
                "unknown parameter `searchpath`",
            ),
        ] {
            let error = url(text)
                .check_params(&settings::private_params())
                .unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn images_have_short_names() {
        let image = |text: &str| {
            let url = DbUrl::parse(text).unwrap();
            Source::read(&url, IMAGES, EXAMPLE).unwrap().image
        };
        assert_eq!(image("docker://postgres/17/dev"), "postgres:17");
        assert_eq!(image("docker://postgresql/16-alpine"), "postgres:16-alpine");
        assert_eq!(
            image("docker://postgis/16-3.4/dev"),
            "postgis/postgis:16-3.4"
        );
        assert_eq!(
            image("docker://pgvector/pg17/dev"),
            "pgvector/pgvector:pg17"
        );
    }
}
