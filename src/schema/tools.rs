//! Tables in which migration tools keep what they have applied. They belong to the tool: nobody's models or migrations
//! speak of them, so they are left out of every comparison.
//!
//! Only names that nothing else has are listed: `migrations` and `schema_version` may be anybody's.

use super::{Realm, Schema};

/// Names, in any case, and whose they are.
const TABLES: &[(&str, &str)] = &[
    ("alembic_version", "Alembic"),
    ("atlas_schema_revisions", "Atlas"),
    ("schema_migrations", "golang-migrate, dbmate or Rails"),
    ("ar_internal_metadata", "Rails"),
    ("flyway_schema_history", "Flyway"),
    ("goose_db_version", "goose"),
    ("databasechangelog", "Liquibase"),
    ("databasechangeloglock", "Liquibase"),
    ("django_migrations", "Django"),
    ("_prisma_migrations", "Prisma"),
    ("_sqlx_migrations", "SQLx"),
    ("__diesel_schema_migrations", "Diesel"),
    ("refinery_schema_history", "Refinery"),
    ("knex_migrations", "Knex"),
    ("knex_migrations_lock", "Knex"),
    ("sequelizemeta", "Sequelize"),
    ("typeorm_metadata", "TypeORM"),
    ("__drizzle_migrations", "Drizzle"),
    ("__efmigrationshistory", "Entity Framework"),
    ("doctrine_migration_versions", "Doctrine"),
    ("phinxlog", "Phinx"),
    ("_yoyo_migration", "yoyo"),
    ("_yoyo_log", "yoyo"),
    ("_yoyo_version", "yoyo"),
    ("yoyo_lock", "yoyo"),
];

/// Schemas that a tool makes for its tables.
const SCHEMAS: &[&str] = &["atlas_schema_revisions"];

/// The tool that a table of this name belongs to.
pub fn owner(table: &str) -> Option<&'static str> {
    let found = TABLES
        .iter()
        .find(|(name, _)| table.eq_ignore_ascii_case(name));
    found.map(|(_, tool)| *tool)
}

/// Whether an object of this name in this schema is a tool's.
pub fn keeps(schema: &str, name: &str) -> bool {
    SCHEMAS.contains(&schema) || owner(name.strip_suffix("_id_seq").unwrap_or(name)).is_some()
}

/// Takes the tools' tables out, with their sequences and all that belongs to them.
pub fn leave_out(realm: &mut Realm) {
    realm
        .schemas
        .retain(|schema| !SCHEMAS.contains(&schema.name.as_str()));
    realm.schemas.iter_mut().for_each(leave_out_of);
}

fn leave_out_of(schema: &mut Schema) {
    schema.tables.retain(|table| owner(&table.name).is_none());
    schema.sequences.retain(|sequence| {
        let table = sequence.name.strip_suffix("_id_seq");
        table.and_then(owner).is_none()
    });
    schema.texts.retain(|object| {
        let table = object.table.as_deref();
        table.and_then(owner).is_none()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Table, TextObject};

    #[test]
    fn what_a_tool_keeps_is_not_compared() {
        let named = |name: &str| Table {
            name: name.into(),
            ..Table::default()
        };
        let trigger = |table: &str| TextObject {
            kind: "trigger".into(),
            name: "t".into(),
            table: Some(table.into()),
            definition: "x".into(),
        };
        let schema = |name: &str| Schema {
            name: name.into(),
            tables: vec![
                named("DATABASECHANGELOG"),
                named("alembic_version"),
                named("migrations"),
            ],
            texts: vec![trigger("alembic_version"), trigger("migrations")],
            ..Schema::default()
        };
        let mut realm = Realm {
            schemas: vec![schema("app"), schema("atlas_schema_revisions")],
            ..Realm::default()
        };
        assert!(keeps("atlas_schema_revisions", "r") && keeps("app", "alembic_version"));
        assert!(keeps("drizzle", "__drizzle_migrations_id_seq") && !keeps("app", "migrations"));
        leave_out(&mut realm);
        let [app] = &realm.schemas[..] else {
            panic!("{realm:?}");
        };
        assert_eq!(app.tables, [named("migrations")]);
        assert_eq!(app.texts, [trigger("migrations")]);
    }

    #[test]
    fn names_are_in_small_letters_and_listed_once() {
        for (at, (name, _)) in TABLES.iter().enumerate() {
            assert_eq!(*name, name.to_lowercase());
            assert!(TABLES[..at].iter().all(|(other, _)| other != name));
        }
    }
}
