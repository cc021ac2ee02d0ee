//! Which server a realm was read from, and what that version can do. Every fact about a version is a predicate here.

use crate::plan::order::NameKind;
use crate::schema::{Attrs, Realm};

/// Keys of [`Realm::server`].
const PRODUCT: &str = "product";
const VERSION: &str = "version";

/// The two products that speak the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    /// MySQL and what calls itself so.
    MySql,
    MariaDb,
}

/// A product in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) product: Product,
    /// Major, minor, patch.
    pub(super) version: (u32, u32, u32),
}

impl Product {
    /// Name for people.
    pub(super) const fn display(self) -> &'static str {
        match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        }
    }

    /// Name in URLs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
        }
    }

    /// What must have a name of its own in its schema, and not only in its table.
    pub(super) const fn schema_wide_names(self) -> &'static [NameKind] {
        match self {
            Self::MySql => &[NameKind::ForeignKey, NameKind::Check],
            Self::MariaDb => &[NameKind::ForeignKey],
        }
    }
}

impl Server {
    /// Reads what `SELECT VERSION()` says: `9.7.4-2`, `10.11.19-MariaDB-0+deb12u1`, `5.5.5-10.11.19-MariaDB`.
    ///
    /// MariaDB names itself there; the prefix `5.5.5-` is what it puts in front for old replicas.
    pub(super) fn parse(version: &str) -> Option<Self> {
        let maria = version.to_ascii_lowercase().contains("mariadb");
        let text = match version.strip_prefix("5.5.5-") {
            Some(rest) if maria => rest,
            _ => version,
        };
        let digits = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(text.len());
        let mut numbers = text[..digits].split('.').map(|n| n.parse().unwrap_or(0));
        let major = numbers.next().filter(|major| *major > 0)?;
        let (minor, patch) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Some(Self {
            product: if maria {
                Product::MariaDb
            } else {
                Product::MySql
            },
            version: (major, minor, patch),
        })
    }

    /// The server that either realm was read from; the newest of `product` where neither says so.
    pub(super) fn of(product: Product, realms: &[&Realm]) -> Self {
        let newest = Self {
            product,
            version: (99, 0, 0),
        };
        realms
            .iter()
            .find_map(|realm| Self::from_attrs(&realm.server))
            .unwrap_or(newest)
    }

    fn from_attrs(attrs: &Attrs) -> Option<Self> {
        let product = attrs.get(PRODUCT)?;
        let parsed = Self::parse(attrs.get(VERSION)?)?;
        let product = [Product::MySql, Product::MariaDb]
            .into_iter()
            .find(|one| one.name() == product)?;
        Some(Self { product, ..parsed })
    }

    /// What goes into [`Realm::server`].
    pub(super) fn attrs(self) -> Attrs {
        let (major, minor, patch) = self.version;
        let version = format!("{major}.{minor}.{patch}");
        Attrs::from([(PRODUCT, self.product.name()), (VERSION, &version)])
    }

    /// It is MariaDB.
    pub(super) fn maria(self) -> bool {
        self.product == Product::MariaDb
    }

    /// Old enough that nothing here was made for it: before MySQL 8.0 and MariaDB 10.6.
    pub(super) fn too_old(self) -> bool {
        self.before((8, 0, 0), (10, 6, 0))
    }

    /// A new column, wherever it stands, is only noted, and found in no row.
    pub(super) fn adds_at_once(self) -> bool {
        !self.before((8, 0, 29), (10, 4, 0))
    }

    /// For messages: `MySQL 9.7.4`.
    pub(super) fn text(self) -> String {
        let (major, minor, patch) = self.version;
        format!("{} {major}.{minor}.{patch}", self.product.display())
    }

    fn before(self, mysql: (u32, u32, u32), mariadb: (u32, u32, u32)) -> bool {
        match self.product {
            Product::MySql => self.version < mysql,
            Product::MariaDb => self.version < mariadb,
        }
    }

    /// A check constraint is dropped by `DROP CONSTRAINT` (MySQL from 8.0.19; before that only `DROP CHECK`).
    pub(super) fn drops_constraints(self) -> bool {
        !self.before((8, 0, 19), (10, 2, 1))
    }

    /// Checks can be declared without being enforced.
    pub(super) fn knows_unenforced_checks(self) -> bool {
        !self.maria()
    }

    /// What a foreign key does when it says nothing, as the catalogue has it. SQL's default is `NO ACTION`; MariaDB
    /// calls the same behaviour `RESTRICT`.
    pub(super) fn default_action(self) -> crate::schema::Action {
        if self.maria() {
            crate::schema::Action::Restrict
        } else {
            crate::schema::Action::NoAction
        }
    }

    /// One ALTER adds no more than one full-text index.
    pub(super) fn adds_one_full_text(self) -> bool {
        !self.maria()
    }

    /// `NULL` or `NOT NULL` may follow a generated column's expression.
    pub(super) fn generated_takes_null(self) -> bool {
        !self.maria()
    }

    /// The catalogue's `json` is a text type with a check.
    pub(super) fn json_is_text(self) -> bool {
        self.maria()
    }

    /// String defaults stand unquoted in the catalogue's tables, so that their quotes are ours to choose; elsewhere
    /// they are kept as the server writes them.
    pub(super) fn quotes_defaults(self) -> bool {
        !self.maria()
    }

    /// The character set and collation that the official image of this version starts with.
    ///
    /// MariaDB's own default became `utf8mb4_uca1400_ai_ci` in 11.6; before that the image sets `utf8mb4` and its
    /// collation of the time.
    pub(super) fn image_charset(self) -> (&'static str, &'static str) {
        match self.product {
            Product::MySql => ("utf8mb4", "utf8mb4_0900_ai_ci"),
            Product::MariaDb if self.version < (11, 6, 0) => ("utf8mb4", "utf8mb4_general_ci"),
            Product::MariaDb => ("utf8mb4", "utf8mb4_uca1400_ai_ci"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_by_their_own_word() {
        let maria = Server::parse("10.11.19-MariaDB-0+deb12u1").unwrap();
        assert_eq!(maria.product, Product::MariaDb);
        assert_eq!(maria.version, (10, 11, 19));
        let behind = Server::parse("5.5.5-11.8.6-MariaDB-log").unwrap();
        assert_eq!(behind.text(), "MariaDB 11.8.6");
        let mysql = Server::parse("9.7.4-2").unwrap();
        assert_eq!((mysql.product, mysql.version), (Product::MySql, (9, 7, 4)));
        assert!(Server::parse("5.7.44-log").unwrap().too_old());
        assert!(!Server::parse("8.0.36").unwrap().too_old());
        assert_eq!(Server::parse("unknown"), None);
    }

    #[test]
    fn a_realm_remembers_its_server() {
        let server = Server::parse("10.11.19-MariaDB").unwrap();
        let realm = Realm {
            server: server.attrs(),
            ..Realm::default()
        };
        let empty = Realm::default();
        assert_eq!(Server::of(Product::MySql, &[&empty, &realm]), server);
        let newest = Server::of(Product::MySql, &[&empty]);
        assert!(!newest.maria() && newest.drops_constraints());
    }

    #[test]
    fn local_servers_are_set_like_the_official_images() {
        let collation = |version: &str| Server::parse(version).unwrap().image_charset().1;
        assert_eq!(collation("9.7.4"), "utf8mb4_0900_ai_ci");
        assert_eq!(collation("10.11.19-MariaDB"), "utf8mb4_general_ci");
        assert_eq!(collation("11.8.6-MariaDB"), "utf8mb4_uca1400_ai_ci");
    }
}
