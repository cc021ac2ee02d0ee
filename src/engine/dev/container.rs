//! Private servers in containers: `docker://IMAGE/TAG[/DATABASE]` and `docker+…://`.
//!
//! The images are the official ones or made from them, by their documented variables.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::private::{Source, Started};
use crate::config::Secret;
use crate::config::url::DbUrl;
use crate::engine::EngineError;
use crate::engine::attend::Attendant;
use crate::engine::docker::image::Reference;
use crate::engine::docker::{self, Fleet};
use crate::engine::driver::{Driver, Images, Target};

const START_BUDGET: Duration = Duration::from_secs(60);

/// An image, and what containers of it are started for.
pub(super) struct Image<D> {
    driver: Arc<D>,
    fleet: Fleet,
    url: DbUrl,
    password: Secret,
    database: Option<String>,
    budget: Duration,
}

impl<D: Driver> Image<D> {
    /// Finds Docker and the image.
    ///
    /// # Errors
    /// When there is no Docker or no such image, or the URL makes no sense.
    pub(super) async fn find(
        driver: Arc<D>,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Self, EngineError> {
        let images = driver.images();
        let Reference { image, database } = Reference::read(url, images.names, images.example)?;
        url.check_params(&(images.params)())?;
        // Whatever a server asks of passwords.
        let password = Secret::new(format!("Tu-{}", docker::random()?));
        // What is wrong with a parameter is said before anything starts.
        let server = server(url, &images, "localhost", 1, &password)?;
        let budget = match url.param(images.patience) {
            Some(_) => driver.target(&server)?.patience,
            None => {
                driver.target(&server)?;
                START_BUDGET
            }
        };
        let launch = (images.launch)(&image, database.as_deref(), &password);
        Ok(Self {
            fleet: Fleet::open(launch, attendant).await?,
            url: url.clone(),
            driver,
            password,
            database,
            budget,
        })
    }
}

/// The server as any other URL would name it, with the parameters of this one.
fn server(
    url: &DbUrl,
    images: &Images,
    host: &str,
    port: u16,
    password: &Secret,
) -> Result<DbUrl, EngineError> {
    let Images { scheme, user, .. } = images;
    let mut server = DbUrl::parse(&format!("{scheme}://{user}@{host}:{port}"))?
        .with_user(user, Some(password.clone()));
    let given = url.query().iter();
    let given = given.map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in images.fixed.into_iter().chain(given) {
        server = server.with_param(key, Some(value));
    }
    Ok(server)
}

#[async_trait]
impl<D: Driver> Source<D> for Image<D> {
    async fn start(&self, attendant: &dyn Attendant) -> Result<Started<D>, EngineError> {
        let mut container = self.fleet.start(attendant).await?;
        let (host, port) = (container.host(), container.port());
        let server = server(&self.url, &self.driver.images(), host, port, &self.password)?;
        let target = self.driver.target(&server)?;
        container
            .ready(self.budget, attendant, || self.driver.probe(&target))
            .await?;
        let target = Target {
            place: format!("the container of {}", self.fleet.image()),
            ..target
        };
        let target = match &self.database {
            Some(name) => self.driver.with_database(&target, name),
            None => target,
        };
        self.driver.check_image(&target, self.fleet.image()).await?;
        Ok((Box::new(container), target))
    }

    async fn close(&self) -> Result<(), EngineError> {
        self.fleet.close().await
    }
}
