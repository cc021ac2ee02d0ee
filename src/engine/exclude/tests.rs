//! Patterns against a realm with one of everything that they can name.

use super::*;
use crate::schema::{
    Check, Column, EnumType, ForeignKey, Index, ObjectName, PrimaryKey, RawConstraint, Sequence,
    SequenceOptions, Unique,
};

fn column(name: &str) -> Column {
    Column::plain(name, "integer", false)
}

fn table(name: &str) -> Table {
    Table {
        name: name.to_owned(),
        columns: vec![column("a"), column("b")],
        primary_key: Some(PrimaryKey {
            name: Some("pk".to_owned()),
            parts: vec![KeyPart::column("a")],
            ..PrimaryKey::default()
        }),
        uniques: vec![Unique {
            name: Some("uq".to_owned()),
            parts: vec![KeyPart::column("b")],
            ..Unique::default()
        }],
        foreign_keys: vec![ForeignKey {
            name: Some("fk".to_owned()),
            columns: vec!["b".to_owned()],
            ref_table: ObjectName::new("s", "t1"),
            ref_columns: vec!["a".to_owned()],
            ..ForeignKey::default()
        }],
        checks: vec![Check {
            name: Some("ck".to_owned()),
            expr: "a > 0".to_owned(),
            ..Check::default()
        }],
        constraints: vec![RawConstraint {
            name: "ex".to_owned(),
            definition: "EXCLUDE (a WITH =)".to_owned(),
            comment: None,
        }],
        indexes: vec![Index {
            name: "ix".to_owned(),
            parts: vec![KeyPart::column("a")],
            include: vec!["b".to_owned()],
            ..Index::default()
        }],
        ..Table::default()
    }
}

fn text(kind: &str, name: &str, table: Option<&str>) -> TextObject {
    TextObject {
        kind: kind.to_owned(),
        name: name.to_owned(),
        table: table.map(str::to_owned),
        definition: "x".to_owned(),
    }
}

fn schema(name: &str) -> Schema {
    Schema {
        name: name.to_owned(),
        tables: vec![table("t1"), table("t2"), table("my.table")],
        enums: vec![EnumType {
            name: "e1".to_owned(),
            values: vec!["x".to_owned()],
            comment: None,
        }],
        sequences: vec![Sequence {
            name: "q1".to_owned(),
            ty: "bigint".to_owned(),
            options: SequenceOptions {
                start: 1,
                increment: 1,
                min: 1,
                max: 9,
                cache: 1,
                cycle: false,
            },
            comment: None,
        }],
        texts: vec![
            text("function", "f1(integer)", None),
            text("materialized view", "m1", None),
            text("partition", "t1_2020", Some("t1")),
            text("row security policy", "p1", Some("t1")),
            text("trigger", "g1", Some("t1")),
            text("view", "v1", None),
        ],
        ..Schema::default()
    }
}

fn realm() -> Realm {
    Realm {
        schemas: vec![schema("other"), schema("s")],
        texts: vec![text("extension", "citext", None)],
        ..Realm::default()
    }
}

/// Everything in a realm by its path.
fn listed(realm: &Realm) -> Vec<String> {
    let mut all: Vec<String> = realm.texts.iter().map(|o| o.name.clone()).collect();
    for schema in &realm.schemas {
        let s = &schema.name;
        all.push(s.clone());
        for t in &schema.tables {
            let path = format!("{s}.{}", t.name);
            all.push(path.clone());
            let named = t
                .columns
                .iter()
                .map(|c| c.name.clone())
                .chain(t.primary_key.iter().filter_map(|k| k.name.clone()))
                .chain(t.uniques.iter().filter_map(|k| k.name.clone()))
                .chain(t.foreign_keys.iter().filter_map(|k| k.name.clone()))
                .chain(t.checks.iter().filter_map(|k| k.name.clone()))
                .chain(t.constraints.iter().map(|k| k.name.clone()))
                .chain(t.indexes.iter().map(|k| k.name.clone()));
            all.extend(named.map(|name| format!("{path}.{name}")));
        }
        all.extend(schema.enums.iter().map(|e| format!("{s}.{}", e.name)));
        all.extend(schema.sequences.iter().map(|q| format!("{s}.{}", q.name)));
        all.extend(schema.texts.iter().map(|o| format!("{s}.{}", o.name)));
    }
    all
}

/// What the patterns remove, sorted.
fn removed(patterns: &[&str], scope: Option<&str>) -> Vec<String> {
    let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
    let mut realm = realm();
    if let Some(scope) = scope {
        realm.schemas.retain(|schema| schema.name == scope);
    }
    let before = listed(&realm);
    Exclude::new(&patterns, scope.is_some())
        .unwrap()
        .apply(&mut realm);
    let after = listed(&realm);
    let mut gone: Vec<String> = before
        .into_iter()
        .filter(|path| !after.contains(path))
        .collect();
    gone.sort();
    gone
}

/// The paths that start with one of these.
fn under(prefixes: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = listed(&realm())
        .into_iter()
        .filter(|path| prefixes.iter().any(|prefix| path.starts_with(prefix)))
        .collect();
    all.sort();
    all
}

#[test]
fn no_pattern_and_a_strange_one_remove_nothing() {
    assert!(removed(&[], None).is_empty());
    assert!(
        removed(
            &["nothing", "s.nothing", "nothing.t1", "s.t1.nothing"],
            None
        )
        .is_empty()
    );
}

#[test]
fn one_part_is_a_schema_or_an_object_of_the_database() {
    assert_eq!(removed(&["other"], None), under(&["other"]));
    assert_eq!(removed(&["citext"], None), ["citext"]);
    assert_eq!(removed(&["*"], None).len(), listed(&realm()).len());
    assert_eq!(removed(&["*[type=extension]"], None), ["citext"]);
    assert_eq!(removed(&["o*[type=schema]"], None), under(&["other"]));
}

#[test]
fn a_table_goes_with_all_that_belongs_to_it() {
    let mut expected = under(&["s.t1"]);
    expected.extend(["s.g1".to_owned(), "s.p1".to_owned()]);
    expected.sort();
    assert_eq!(removed(&["s.t1"], None), expected);
    assert_eq!(removed(&["t1"], Some("s")), expected);
    assert_eq!(removed(&["s.t2"], None), under(&["s.t2"]));
    assert_eq!(removed(&["s.\"my.table\""], None), under(&["s.my.table"]));
    assert_eq!(removed(&["s.t1_*"], None), ["s.t1_2020"]);
}

#[test]
fn selectors_limit_a_pattern_to_kinds() {
    assert_eq!(removed(&["s.*[type=view]"], None), ["s.v1"]);
    assert_eq!(
        removed(&["s.*[type=view|materialized_view]"], None),
        ["s.m1", "s.v1"]
    );
    assert_eq!(removed(&["*[type=materialized]"], Some("s")), ["s.m1"]);
    assert_eq!(removed(&["*.e1[type=enum]"], None), ["other.e1", "s.e1"]);
    assert!(removed(&["*.e1[type=table]"], None).is_empty());
    assert_eq!(removed(&["s.f1[type=function]"], None), ["s.f1(integer)"]);
    assert_eq!(removed(&["s.q?[type=sequence]"], None), ["s.q1"]);
    assert_eq!(removed(&["s.*[type=trigger]"], None), ["s.g1"]);
    assert_eq!(removed(&["s.*.*[type=policy]"], None), ["s.p1"]);
    assert_eq!(removed(&["s.t1.g*"], None), ["s.g1"]);
    assert_eq!(
        removed(&["*[type=view]"], None),
        ["other.v1", "s.v1"],
        "one part with a selector reaches into all schemas"
    );
}

#[test]
fn a_column_goes_with_what_stands_on_it() {
    assert_eq!(removed(&["s.t1.a"], None), ["s.t1.a", "s.t1.ix", "s.t1.pk"]);
    assert_eq!(
        removed(&["t1.b[type=column]"], Some("s")),
        ["s.t1.b", "s.t1.fk", "s.t1.ix", "s.t1.uq"]
    );
}

#[test]
fn parts_of_tables_have_kinds_too() {
    for (selector, gone) in [
        ("index", "ix"),
        ("fk", "fk"),
        ("check", "ck"),
        ("unique", "uq"),
        ("primary_key", "pk"),
        ("exclude", "ex"),
    ] {
        assert_eq!(
            removed(&[&format!("s.t1.*[type={selector}]")], None),
            [format!("s.t1.{gone}")]
        );
    }
    assert_eq!(removed(&["s.t1.ck"], None), ["s.t1.ck"]);
}

#[test]
fn globs_are_those_of_go() {
    let yes = |pattern: &str, name: &str| {
        let glob = glob(pattern).unwrap();
        assert!(glob.matches(&[], name), "{pattern} {name}");
    };
    let no = |pattern: &str, name: &str| {
        let glob = glob(pattern).unwrap();
        assert!(!glob.matches(&[], name), "{pattern} {name}");
    };
    yes("*", "");
    yes("a*c*e", "abcde");
    yes("*ab", "aab");
    yes("a?c", "aéc");
    yes("t[12]", "t2");
    yes("t[^12]", "t3");
    yes("[a-c]x", "bx");
    yes("\\*", "*");
    yes("[\\]]", "]");
    no("a*c*e", "abcd");
    no("t[12]", "t3");
    no("t[^12]", "t1");
    no("?", "");
    no("a", "ab");
    no("A", "a");
}

#[test]
fn what_can_not_be_read_is_an_error() {
    for (pattern, scope) in [
        ("", None),
        ("a..b", None),
        ("a.", None),
        ("a.b.c.d", None),
        ("a.b.c", Some("s")),
        ("a[", None),
        ("a[]", None),
        ("a[b-]", None),
        ("a[-b]", None),
        ("a\\", None),
        ("\"a", None),
        ("\"a\"b", None),
        ("a.b[type=tabel]", None),
        ("a.b[type=table", None),
    ] {
        assert!(
            Exclude::new(&[pattern.to_owned()], scope.is_some()).is_err(),
            "{pattern}"
        );
    }
    let error = Exclude::new(&["a.b[type=tabel]".to_owned()], false).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `table`?"));
}

#[test]
fn an_object_has_a_pattern_of_its_own() {
    for schema in &realm().schemas {
        for object in &schema.texts {
            let pattern = pattern_for(Some(&schema.name), object, false);
            assert_eq!(
                removed(&[&pattern], None),
                [format!("{}.{}", schema.name, object.name)],
                "{pattern}"
            );
        }
    }
    let policy = text("row security policy", "a.\"b\"[*", Some("my.table"));
    let pattern = pattern_for(Some("s"), &policy, true);
    assert_eq!(
        pattern,
        r#"my\.table.a\.\"b\"\[\*[type=row_security_policy]"#
    );
    let mut realm = realm();
    realm.schemas[1].texts.push(policy);
    Exclude::new(&[pattern], true).unwrap().apply(&mut realm);
    assert_eq!(listed(&realm).len(), listed(&super::tests::realm()).len());
    assert_eq!(
        pattern_for(None, &text("extension", "citext", None), false),
        "citext[type=extension]"
    );
}

#[test]
fn kinds_are_known_by_several_names() {
    assert_eq!(removed(&["s.f1[type=func]"], None), ["s.f1(integer)"]);
    assert_eq!(removed(&["s.*[type=Materialized View]"], None), ["s.m1"]);
    assert_eq!(
        removed(&["s.*.*[type=row security policy]"], None),
        ["s.p1"]
    );
    assert!(removed(&["s.*[type=galaxy]"], None).is_empty());
}

#[test]
fn dots_in_classes_and_after_backslashes_part_nothing() {
    assert_eq!(removed(&[r"s.my\.table"], None), under(&["s.my.table"]));
    assert_eq!(removed(&["s.my[.]table"], None), under(&["s.my.table"]));
}

/// What the patterns remove where what is there decides what their first part is, sorted.
fn settled(patterns: &[&str], scope: Option<&str>) -> Vec<String> {
    let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
    let mut realm = realm();
    realm
        .schemas
        .retain(|schema| scope.is_none_or(|scope| schema.name == scope));
    let before = listed(&realm);
    let mut exclude = Exclude::new(&patterns, scope.is_some()).unwrap();
    exclude.settle(&[&Realm::default(), &realm]);
    exclude.apply(&mut realm);
    let after = listed(&realm);
    let mut gone: Vec<String> = before
        .into_iter()
        .filter(|path| !after.contains(path))
        .collect();
    gone.sort();
    gone
}

#[test]
fn a_first_part_that_names_nothing_is_the_other_kind_of_name() {
    let everywhere = |name: &str| under(&[&format!("other.{name}"), &format!("s.{name}")]);
    assert_eq!(settled(&["t2"], None), everywhere("t2"));
    assert_eq!(settled(&["q?"], None), everywhere("q1"));
    assert_eq!(settled(&["t2.ck"], None), everywhere("t2.ck"));
    assert_eq!(settled(&["s.t2"], Some("s")), under(&["s.t2"]));
    assert!(settled(&["other.t2"], Some("s")).is_empty());
    assert!(
        settled(&["t2.*"], None).is_empty(),
        "not the table's columns"
    );
    for (pattern, scope) in [
        ("other", None),
        ("citext", None),
        ("*", None),
        ("s.t2", None),
        ("*[type=view]", None),
        ("t1", Some("s")),
        ("t1.b", Some("s")),
        ("t1.g1", Some("s")),
        ("s[type=schema]", Some("s")),
    ] {
        assert_eq!(
            settled(&[pattern], scope),
            removed(&[pattern], scope),
            "{pattern}"
        );
    }
}

#[test]
fn patterns_that_match_nothing_are_told() {
    let patterns = [
        "s.t1",
        "s.t3",
        "audit_*",
        "alembic_version",
        "gone",
        "away.x",
    ];
    let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
    let mut exclude = Exclude::new(&patterns, false).unwrap();
    let realms = [&Realm::default(), &realm()];
    exclude.settle(&realms);
    let away = Outside {
        schema: "away".to_owned(),
        kind: "table".to_owned(),
        name: "x".to_owned(),
    };
    assert_eq!(
        exclude.idle(&realms, &[away]),
        [("s.t3", None), ("gone", None)]
    );
    assert_eq!(
        suggest::nearest("citxt", names(&realm())),
        Some("citext"),
        "names of everything are known"
    );
}
