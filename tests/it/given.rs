//! Servers that the tests are given instead of starting their own: `TRUEUP_TEST_POSTGRES_URL`, `TRUEUP_TEST_MYSQL_URL`,
//! `TRUEUP_TEST_MARIADB_URL`. The user there may do everything; what the tests make, they remove.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use trueup::config::DbUrl;

/// A server behind a URL.
pub(crate) struct Given {
    url: DbUrl,
    /// Databases that tests made there.
    made: Mutex<Vec<String>>,
}

/// Of the next database that [`database_name`] names.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A name that no other database has, nor one of another run on the same server.
pub(crate) fn database_name() -> String {
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("trueup_{}_{next}", std::process::id())
}

impl Given {
    /// The server for a product (`postgres`, `mysql`, `mariadb`), if one is given.
    pub(crate) fn of(product: &str) -> Option<Self> {
        let variable = format!("TRUEUP_TEST_{}_URL", product.to_uppercase());
        let text = std::env::var(&variable).ok()?;
        let url = DbUrl::parse(&text).unwrap_or_else(|error| panic!("{variable}: {error}"));
        url.check_authority()
            .unwrap_or_else(|error| panic!("{variable}: {error}"));
        assert!(!url.host().is_empty(), "{variable}: the URL names no host");
        Some(Self {
            url,
            made: Mutex::default(),
        })
    }

    /// The URL of a database, with what else the given one says.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url
            .clone()
            .with_path(&format!("/{database}"))
            .expose()
            .to_owned()
    }

    pub(crate) fn host(&self) -> String {
        self.url.host().to_owned()
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.url.port()
    }

    pub(crate) fn user(&self) -> String {
        self.url.user().unwrap_or_default().to_owned()
    }

    pub(crate) fn password(&self) -> String {
        let password = self.url.password();
        password.map_or_else(String::new, |secret| secret.expose().to_owned())
    }

    /// Remembers a database that is there now.
    pub(crate) fn add(&self, database: &str) {
        let mut made = self
            .made
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        made.push(database.to_owned());
    }

    /// The databases that were made, which are the caller's to drop.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut made = self
            .made
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::take(&mut made)
    }
}
