//! MySQL and MariaDB: profiles and registry entries.
//!
//! `inspect` reads the catalogue, `ddl` writes changes, `connect` opens servers and leaves them as found. Both products
//! go through the same code: which one a server is, and what its version can do, is its own word, kept in the realm
//! and asked of `server`.

mod adopt;
mod alike;
mod attrs;
mod connect;
mod ddl;
mod definer;
mod errors;
mod folded;
mod head;
mod impact;
mod inspect;

mod normal;
mod overlook;
mod query;
mod server;
mod spoken;
mod strip;
mod types;

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::config::url::DbUrl;
use crate::dialect::impact::{Impact, Surroundings};
use crate::dialect::revisions::{Limit, Revisions};
use crate::dialect::{
    Dialect, ModelSql, Profile, RenderContext, Role, Setup, Strip, Types, spelling,
};
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, Session, dev};
use crate::plan::order::{OrderRules, TextRules};
use crate::plan::{PlanError, Step};
use crate::schema::change::{Change, ModifyTable, TableChange};
use crate::schema::{Column, ObjectName, Realm};
use crate::sql::{ScanOptions, Statement};
use connect::MyDriver;
use server::Product;

/// The table or database by which a run knows what a killed one left.
const MARKER: &str = "trueup_run";

static MYSQL_PROFILE: Profile = profile(Product::MySql);
static MARIADB_PROFILE: Profile = profile(Product::MariaDb);

const fn profile(product: Product) -> Profile {
    let mysql = matches!(product, Product::MySql);
    Profile {
        name: product.name(),
        display: product.display(),
        quote: '`',
        schemes: match mysql {
            true => &["mysql", "mysql+unix"],
            false => &["mariadb", "mariadb+unix", "maria", "maria+unix"],
        },
        aliases: if mysql { &[] } else { &["maria"] },
        images: product.images(),
        scan: ScanOptions::MYSQL,
        fills_new_columns: true,
        keeps_locks: false,
        hides: true,
        types: TYPES,
        order: OrderRules {
            forward_foreign_keys: false,
            cascades_once: false,
            default_name: None,
            schema_wide_names: product.schema_wide_names(),
            renames: false,
            parents: |_| Vec::new(),
            retype_needs_detach: match product {
                Product::MySql => |from, to| holds_back(from, to, Product::MySql),
                Product::MariaDb => |from, to| holds_back(from, to, Product::MariaDb),
            },
            remade: refuses_keys,
            remade_columns: |_| BTreeSet::new(),
            leads: |_| None,
            texts: TextRules {
                planned: &["event", "function", "procedure", "trigger", "view"],
                replaces: |from, _| from.kind == "view",
                ..TextRules::NONE
            },
        },
        models: ModelSql {
            names: match mysql {
                true => &["mysql", "mariadb"],
                false => &["mariadb", "mysql"],
            },
            doubles_percent: true,
            marks: &["AUTO_INCREMENT"],
            takes: &["SERIAL"],
        },
        setup: product.setup(),
        errors: errors::ERRORS,
        revisions: Revisions {
            columns: "`version` varchar(255) NOT NULL, `description` varchar(255) NOT NULL, `type` bigint unsigned NOT NULL DEFAULT 2, `applied` bigint NOT NULL DEFAULT 0, `total` bigint NOT NULL DEFAULT 0, `executed_at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, `execution_time` bigint NOT NULL, `error` longtext NULL, `error_stmt` longtext NULL, `hash` varchar(255) NOT NULL, `partial_hashes` json NULL, `operator_version` varchar(255) NOT NULL, PRIMARY KEY (`version`)",
            options: " CHARSET utf8mb4 COLLATE utf8mb4_bin",
            make_table: "CREATE TABLE IF NOT EXISTS {table}",
            make_schema: "CREATE DATABASE IF NOT EXISTS {schema}",
            literal: query::literal,
            begin: "START TRANSACTION",
            unchecked: "",
            violations: "",
            settle: "COMMIT",
            strict: "SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES')",
            server_lock: true,
            // The settings of the two are for queries.
            limit: Limit::Kill {
                number: "SELECT CONNECTION_ID()",
                kill: "KILL QUERY",
            },
        },
    }
}

impl Product {
    const fn setup(self) -> Setup {
        match self {
            Self::MySql => Setup {
                drivers: &[
                    "pymysql",
                    "mysqlclient",
                    "aiomysql",
                    "asyncmy",
                    "mysql-connector-python",
                ],
                program: Some(("mysqld", &["/usr/sbin"])),
                dev: None,
                version: "8",
                one_schema: "/dev",
                service: "    services:
      # Empty and disposable. Its name is its host name for the Action.
      mysql:
        image: mysql:8
        env:
          MYSQL_ALLOW_EMPTY_PASSWORD: 'yes' # reachable by this job alone
          MYSQL_DATABASE: dev
",
                service_url: "mysql://root@mysql:3306/dev",
            },
            Self::MariaDb => Setup {
                drivers: &["mariadb"],
                program: Some(("mariadbd", &["/usr/sbin"])),
                dev: None,
                version: "11",
                one_schema: "/dev",
                service: "    services:
      # Empty and disposable. Its name is its host name for the Action.
      mariadb:
        image: mariadb:11
        env:
          MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: 'yes' # reachable by this job alone
          MARIADB_DATABASE: dev
",
                service_url: "mariadb://root@mariadb:3306/dev",
            },
        }
    }
}

/// The servers' types, as their catalogues spell them.
const TYPES: Types = Types {
    plain: &[
        &[
            &["tinyint"],
            &["smallint"],
            &["mediumint"],
            &["int"],
            &["bigint"],
        ],
        &[
            &["tinyint unsigned"],
            &["smallint unsigned"],
            &["mediumint unsigned"],
            &["int unsigned"],
            &["bigint unsigned"],
        ],
        &[&["float"], &["double"]],
    ],
    texts: &[&["varchar"], &["text"], &["mediumtext"], &["longtext"]],
    fit: |_, _| None,
};

/// A foreign key refuses that a column of it changes in a way that could change its values: another type, another
/// collation, another expression, NULL no longer allowed. MySQL makes a variable string longer where its length takes
/// as many bytes as before, and numbers no column that is referenced.
fn holds_back(from: &Column, to: &Column, product: Product) -> bool {
    let mysql = product == Product::MySql;
    (from.ty != to.ty && !(mysql && longer(from, to)))
        || from.collation != to.collation
        || from.generated != to.generated
        || (from.nullable && !to.nullable)
        || (mysql && from.auto_increment != to.auto_increment)
}

/// Both are variable strings, and the length of the second is kept in as many bytes as that of the first.
fn longer(from: &Column, to: &Column) -> bool {
    let bytes = |column: &Column| -> Option<u32> {
        if column.ty.base != "varchar" {
            return None;
        }
        let length = column.ty.arguments.first()?;
        let charset = column.collation.as_deref()?.split('_').next()?;
        let width = match charset {
            "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" => 4,
            "utf8mb3" | "utf8" | "ujis" | "eucjpms" => 3,
            "ucs2" | "big5" | "cp932" | "euckr" | "gb2312" | "gbk" | "sjis" => 2,
            _ => 1,
        };
        Some(length.parse::<u32>().ok()? * width)
    };
    let lengths = bytes(from).zip(bytes(to));
    lengths.is_some_and(|(from, to)| from <= to && (from <= 255) == (to <= 255))
}

/// No foreign key goes along to another storage engine or to partitions, nor may one be there at that time.
fn refuses_keys(modify: &ModifyTable) -> bool {
    modify.changes.iter().any(|change| match change {
        TableChange::Attr { key, from, to } => {
            key == attrs::ENGINE || (key == attrs::PARTITION && from.is_some() != to.is_some())
        }
        _ => false,
    })
}

/// MySQL 8.0 and newer, or MariaDB 10.6 and newer.
#[derive(Debug)]
pub struct MySql(Product);

/// MySQL's registry entry.
pub static MYSQL: MySql = MySql(Product::MySql);

/// MariaDB's.
pub static MARIADB: MySql = MySql(Product::MariaDb);

#[async_trait]
impl Dialect for MySql {
    fn profile(&self) -> &'static Profile {
        match self.0 {
            Product::MySql => &MYSQL_PROFILE,
            Product::MariaDb => &MARIADB_PROFILE,
        }
    }

    fn normalize(&self, current: &mut Realm, desired: &mut Realm) {
        folded::align(current, desired, &self.profile().scan.rules);
        spelling::align(current, desired, alike::same);
        normal::normalize(current, desired, self.0);
    }

    fn adopt(&self, current: &Realm, desired: &mut Realm, spoken: &[Statement]) {
        adopt::adopt(current, desired, spoken);
    }

    fn strip(&self, state: &Strip<'_>) -> Vec<String> {
        strip::strip(state)
    }

    fn overlook(&self, live: &mut Realm, expected: &Realm) -> Vec<String> {
        overlook::overlook(live, expected)
    }

    fn forget_rows(&self, live: &mut Realm) {
        normal::forget_rows(live);
    }

    fn render(&self, change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
        ddl::render(change, context, self.0)
    }

    fn impact(&self, change: &Change, around: &Surroundings<'_>) -> Vec<Impact> {
        impact::impact(change, around, self.0)
    }

    fn remade(&self, tables: &[ObjectName], around: &Surroundings<'_>) -> Vec<Impact> {
        impact::remade(tables, around, self.0)
    }

    fn settle(&self, url: &DbUrl, migrations: &[Statement]) -> Option<DbUrl> {
        MyDriver(self.0).settle(url, migrations)
    }

    async fn open_dev(
        &self,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError> {
        dev::open(MyDriver(self.0), url, attendant).await
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        dev::read(MyDriver(self.0), url).await
    }

    async fn live(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
        dev::live(MyDriver(self.0), url).await
    }

    fn role(&self, text: &str) -> Role {
        connect::class::role(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_hold_back_what_could_change_values() {
        let column = |ty: &str, nullable| Column {
            collation: ty.contains("char").then(|| "utf8mb4_general_ci".to_owned()),
            ..Column::plain("a", ty, nullable)
        };
        let on = |from: (&str, bool), to: (&str, bool), product| {
            holds_back(&column(from.0, from.1), &column(to.0, to.1), product)
        };
        let held = |from, to| on(from, to, Product::MySql);
        assert!(held(("int", false), ("bigint", false)));
        assert!(held(("int", true), ("int", false)));
        assert!(held(("varchar(30)", false), ("varchar(20)", false)));
        assert!(!held(("varchar(30)", false), ("varchar(40)", false)));
        assert!(held(("varchar(63)", false), ("varchar(64)", false)));
        let (from, to) = (("varchar(30)", false), ("varchar(40)", false));
        assert!(on(from, to, Product::MariaDb));
        assert!(!held(("int", false), ("int", true)));
    }
}
