use super::create::table;
use super::cursor::Context;
use super::renamed;
use crate::dialect::mysql::server::Server;
use crate::dialect::mysql::{attrs, definer};
use crate::schema::{Action, Attrs, Table};

fn read(version: &str, sql: &str) -> Option<Table> {
    let collations = Attrs::from([
        ("utf8mb4", "utf8mb4_0900_ai_ci"),
        ("latin1", "latin1_swedish_ci"),
    ]);
    let context = Context {
        server: Server::parse(version).unwrap(),
        schema: "dev",
        collations: &collations,
    };
    table(sql, context)
}

#[test]
fn a_table_is_read_whole() {
    let sql = "CREATE TABLE `t` (\n  `a` int(11) NOT NULL AUTO_INCREMENT,\n  `b` varchar(5) CHARACTER SET latin1 \
               DEFAULT 'it''s' COMMENT 'a, (b',\n  PRIMARY KEY (`a`),\n  KEY `k` (`b`(3) DESC),\n  CONSTRAINT `f` FOREIGN \
               KEY (`a`) REFERENCES `other`.`p` (`id`) ON DELETE SET NULL,\n  CONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT \
               ENFORCED */\n) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COMMENT='x=y'";
    let table = read("9.7.4", sql).unwrap();
    assert_eq!(table.columns[0].ty, "int");
    assert!(table.columns[0].auto_increment);
    assert_eq!(
        table.columns[1].collation.as_deref(),
        Some("latin1_swedish_ci")
    );
    assert_eq!(table.columns[1].default.as_deref(), Some("'it''s'"));
    assert_eq!(table.columns[1].comment.as_deref(), Some("a, (b"));
    assert!(table.indexes[0].parts[0].descending);
    assert_eq!(table.indexes[0].parts[0].attrs[attrs::PREFIX], "3");
    let key = &table.foreign_keys[0];
    assert_eq!(
        (key.ref_table.schema.as_str(), key.on_update),
        ("other", Action::NoAction)
    );
    assert_eq!(key.on_delete, Action::SetNull);
    assert_eq!(table.checks[0].expr, "`a` > 0");
    assert!(table.checks[0].attrs.contains_key(attrs::NOT_ENFORCED));
    assert_eq!(table.comment.as_deref(), Some("x=y"));
    assert_eq!(table.attrs[attrs::COLLATION], "utf8mb4_0900_ai_ci");
    assert_eq!(table.attrs[attrs::AUTO_INCREMENT], "7");
    assert_eq!(table.attrs["option:ROW_FORMAT"], "DYNAMIC");
}

#[test]
fn what_the_model_has_no_place_for_is_not_read_in_part() {
    let with = |item: &str, tail: &str| {
        let sql = format!(
            "CREATE TABLE `t` (\n  `a` date NOT NULL{item}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4{tail}"
        );
        read("10.11.19-MariaDB", &sql)
    };
    assert!(with("", "").is_some());
    assert!(with(",\n  PERIOD FOR `p` (`a`, `b`)", "").is_none());
    assert!(with("", " WITH SYSTEM VERSIONING").is_some());
    assert!(with("", " WITH SOMETHING NEW").is_none());
    assert!(with(" SOMETHING NEW", "").is_none());
    assert!(with(",\n  NEW KEY `k` (`a`)", "").is_none());
    assert!(with("", "\n PARTITION BY HASH (`a`)\nPARTITIONS 4").is_some());
}

#[test]
fn mariadbs_json_is_json() {
    let column = "`j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`j`))";
    let sql = |column: &str| {
        format!("CREATE TABLE `t` (\n  {column}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4")
    };
    let read = |column: &str| {
        read("10.11.19-MariaDB", &sql(column))
            .unwrap()
            .columns
            .remove(0)
    };
    let json = read(column);
    assert_eq!(
        (json.ty.base.as_str(), json.collation, json.attrs.len()),
        ("json", None, 0)
    );
    let other = read(&column.replace("json_valid(`j`)", "json_valid(`k`)"));
    assert_eq!(other.ty, "longtext");
    assert_eq!(other.attrs[attrs::CHECK], "json_valid(`k`)");
}

#[test]
fn definers_are_no_part_of_a_definition() {
    let with = "CREATE ALGORITHM=UNDEFINED DEFINER=`ro``ot`@`localhost` SQL SECURITY DEFINER VIEW `v` AS select 1";
    let plain = "CREATE DEFINER=`a`@`%` PROCEDURE `p`()\nselect 'DEFINER=`x`@`y`'";
    assert!(
        !definer::strip(with).contains("localhost"),
        "{}",
        definer::strip(with)
    );
    assert_eq!(
        definer::strip(plain),
        "CREATE PROCEDURE `p`()\nselect 'DEFINER=`x`@`y`'"
    );
    let inside = "CREATE PROCEDURE `p`() select 'DEFINER=`x`@`y`'";
    assert_eq!(definer::strip(inside), inside);
}

#[test]
fn a_database_has_its_schemas_name_where_it_qualifies() {
    assert_eq!(
        renamed(
            "select `dev`.`t`.`dev` AS `dev`,'`dev`.x' from `dev` . `t` join `x`.`dev` -- `dev`.",
            "dev",
            "app"
        ),
        "select `app`.`t`.`dev` AS `dev`,'`dev`.x' from `app` . `t` join `x`.`dev` -- `dev`."
    );
}
