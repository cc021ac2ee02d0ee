//! Tables and their relations as a Mermaid entity-relationship diagram.
//!
//! Source of the format: Mermaid's grammar (`packages/mermaid/src/diagrams/er/parser/erDiagram.jison`, versions 10 and 11)
//! and its entity codes. A name that the grammar has no place for is drawn under one that it has: a table keeps its own
//! as its label, a column as its remark.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::schema::change::Change;
use crate::schema::{Column, DataType, ForeignKey, KeyPart, ObjectName, PartExpr, Realm, Table};

/// Words that mean something to the grammar where a table's name may stand.
const RESERVED: &[&str] = &[
    "accdescr",
    "acctitle",
    "class",
    "classdef",
    "direction",
    "end",
    "endnamespace",
    "erdiagram",
    "many",
    "namespace",
    "one",
    "only",
    "optionally",
    "style",
    "subgraph",
    "title",
    "to",
    "u",
    "zero",
];

/// Every table of a realm.
pub fn all_tables(realm: &Realm) -> BTreeSet<ObjectName> {
    let of = |schema: &crate::schema::Schema| -> Vec<ObjectName> {
        let name = |table: &Table| ObjectName::new(&schema.name, &table.name);
        schema.tables.iter().map(name).collect()
    };
    realm.schemas.iter().flat_map(of).collect()
}

/// The tables that changes lead to: what they create or modify, in the desired form. `None` where there is none.
pub fn changed_tables(changes: &[Change], desired: &Realm) -> Option<String> {
    let there = |change: &Change| {
        let name = change.object();
        desired.table(&name).is_some().then_some(name)
    };
    let tables: BTreeSet<ObjectName> = changes
        .iter()
        .filter(|change| matches!(change, Change::AddTable { .. } | Change::ModifyTable(_)))
        .filter_map(there)
        .collect();
    (!tables.is_empty()).then(|| er_diagram(desired, &tables))
}

/// Draws these tables of a realm with their columns and foreign keys; a table that they only refer to is a name.
///
/// Names are qualified where those in the picture are of several schemas.
pub fn er_diagram(realm: &Realm, tables: &BTreeSet<ObjectName>) -> String {
    let drawn: Vec<(&ObjectName, &Table)> = tables
        .iter()
        .filter_map(|name| Some((name, realm.table(name)?)))
        .collect();
    let referred = drawn
        .iter()
        .flat_map(|(_, table)| table.foreign_keys.iter().map(|key| &key.ref_table));
    let named: BTreeSet<&ObjectName> = drawn
        .iter()
        .map(|(name, _)| *name)
        .chain(referred)
        .collect();
    let entities = entities(&named);
    let mut text = "erDiagram\n".to_owned();
    for (name, table) in &drawn {
        let _ = writeln!(text, "    {} {{", entities[*name].declared());
        for column in &table.columns {
            let _ = writeln!(text, "      {}", attribute(table, column));
        }
        text.push_str("    }\n");
    }
    for name in named.iter().filter(|name| !tables.contains(**name)) {
        let _ = writeln!(text, "    {}", entities[*name].declared());
    }
    for (name, table) in &drawn {
        for key in &table.foreign_keys {
            let _ = writeln!(
                text,
                "    {} {} {} : \"{}\"",
                entities[*name].id,
                cardinality(table, key),
                entities[&key.ref_table].id,
                quoted(&key.columns.join(", "))
            );
        }
    }
    text
}

/// What a share of a whole means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Green,
    Red,
    Grey,
}

impl Color {
    /// Light ones, on which black is read; several red ones are told apart.
    fn hex(self, number: usize) -> &'static str {
        const RED: [&str; 4] = ["#ff8182", "#ffb77c", "#ffaba8", "#eac54f"];
        match self {
            Self::Green => "#6fdd8b",
            Self::Red => RED[number % RED.len()],
            Self::Grey => "#afb8c1",
        }
    }
}

/// A part of a whole: what it is, how much, what it means.
pub type Share = (String, usize, Color);

/// Shares of a whole, the largest first, which is how they are drawn and given their colors; those of none are left out.
pub fn pie(shares: &[Share]) -> String {
    let mut shares: Vec<&Share> = shares.iter().filter(|(_, number, _)| *number > 0).collect();
    shares.sort_by_key(|(_, number, _)| std::cmp::Reverse(*number));
    let mut reds = 0;
    let colors = shares.iter().enumerate().map(|(at, (_, _, color))| {
        let hex = color.hex(reds);
        reds += usize::from(*color == Color::Red);
        format!("\"pie{}\": \"{hex}\"", at + 1)
    });
    let colors: Vec<String> = colors.collect();
    let mut text = format!(
        "%%{{init: {{\"theme\": \"base\", \"themeVariables\": {{{}, \"pieOpacity\": \"1\"}}}}}}%%\npie showData\n",
        colors.join(", ")
    );
    for (label, number, _) in shares {
        let _ = writeln!(text, "    \"{}\" : {number}", quoted(label));
    }
    text
}

/// What a table is called in a diagram.
struct Entity {
    id: String,
    /// Its name for people, where the id is another.
    label: Option<String>,
}

impl Entity {
    fn declared(&self) -> String {
        match &self.label {
            Some(label) => format!("{}[\"{}\"]", self.id, quoted(label)),
            None => self.id.clone(),
        }
    }
}

/// Gives every table a name of its own.
fn entities<'n>(names: &BTreeSet<&'n ObjectName>) -> BTreeMap<&'n ObjectName, Entity> {
    let schemas: BTreeSet<&str> = names.iter().map(|name| name.schema.as_str()).collect();
    let shown = |name: &ObjectName| match schemas.len() {
        0 | 1 => name.name.clone(),
        _ => format!("{}.{}", name.schema, name.name),
    };
    let (plain, odd): (Vec<&ObjectName>, Vec<&ObjectName>) = names
        .iter()
        .copied()
        .partition(|name| is_plain(&shown(name)));
    let mut taken = BTreeSet::new();
    let mut found = BTreeMap::new();
    // Those that need no other name come first, so that no other takes theirs.
    for name in plain {
        let id = shown(name);
        taken.insert(id.clone());
        found.insert(name, Entity { id, label: None });
    }
    for name in odd {
        let label = shown(name);
        let wanted = identifier(&label);
        let numbered = (2..).map(|n| format!("{wanted}_{n}"));
        let id = std::iter::once(wanted.clone())
            .chain(numbered)
            .find(|id| !taken.contains(id));
        let id = id.unwrap_or(wanted);
        taken.insert(id.clone());
        let label = Some(label);
        found.insert(name, Entity { id, label });
    }
    found
}

fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.contains(&name.to_ascii_lowercase().as_str())
}

/// The nearest plain name.
fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let id: String = name.chars().map(plain).collect();
    match is_plain(&id) {
        true => id,
        false => format!("t_{id}"),
    }
}

/// Type, name, keys and remark of a column.
fn attribute(table: &Table, column: &Column) -> String {
    let name = word(&column.name);
    let mut text = format!("{} {name}", kind(&column.ty));
    let keys = keys(table, &column.name);
    if !keys.is_empty() {
        let _ = write!(text, " {}", keys.join(","));
    }
    if name != column.name {
        let _ = write!(text, " \"{}\"", quoted(&column.name));
    }
    text
}

/// A type in one word: lists of values are left out, they are often longer than the rest of the diagram.
fn kind(ty: &DataType) -> String {
    let mut ty = ty.clone();
    if ty.arguments.iter().any(|one| one.contains('\'')) {
        ty.arguments.clear();
    }
    word(&ty.to_string())
}

/// The nearest text that is one word of an attribute.
fn word(text: &str) -> String {
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '-' | '[' | ']' | '(' | ')')
            || (('\u{c0}'..='\u{ffff}').contains(&c) && !c.is_whitespace() && !c.is_control())
    };
    let mut word: String = text
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{c0}';
    // A word that begins like a key is taken for one.
    let key = word.get(..2).is_some_and(|start| {
        ["PK", "FK", "UK"].contains(&start.to_ascii_uppercase().as_str())
            && !word[2..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    });
    if key || !word.starts_with(begins) {
        word.insert(0, '_');
    }
    word
}

/// Text between double quotes. What is left as it is means nothing to the grammar, wherever it stands.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        match c {
            // A line with `direction TB` in it, wherever, is a command.
            c if c.is_whitespace() && out.to_lowercase().ends_with("direction") => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            '"' => out.push_str("#quot;"),
            '%' | '\\' | '#' | ';' | '`' | '~' | '<' | '>' | '&' | '{' | '}' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    // The grammar has no empty text.
    if out.trim().is_empty() {
        out.push('_');
    }
    out
}

fn keys(table: &Table, column: &str) -> Vec<&'static str> {
    let has = |parts: &[KeyPart]| parts.iter().any(|part| is_on(part, column));
    let alone = |columns: &BTreeSet<&str>| columns.len() == 1 && columns.contains(column);
    let primary = table.primary_key.as_ref();
    let mut keys = Vec::new();
    if primary.is_some_and(|key| has(&key.parts)) {
        keys.push("PK");
    }
    if table
        .foreign_keys
        .iter()
        .any(|key| key.columns.iter().any(|name| name == column))
    {
        keys.push("FK");
    }
    if unique_sets(table)
        .skip(usize::from(primary.is_some()))
        .any(|set| alone(&set))
    {
        keys.push("UK");
    }
    keys
}

fn is_on(part: &KeyPart, column: &str) -> bool {
    matches!(&part.on, PartExpr::Column(name) if name == column)
}

/// Sets of columns whose values are not there twice: the primary key first.
fn unique_sets(table: &Table) -> impl Iterator<Item = BTreeSet<&str>> {
    /// Empty with an expression among them: such a key says nothing about the columns alone.
    fn columns(parts: &[KeyPart]) -> BTreeSet<&str> {
        let names = parts.iter().map(|part| match &part.on {
            PartExpr::Column(name) => Some(name.as_str()),
            PartExpr::Expr(_) => None,
        });
        let names: Option<BTreeSet<&str>> = names.collect();
        names.unwrap_or_default()
    }
    let primary = table.primary_key.iter().map(|key| columns(&key.parts));
    let uniques = table.uniques.iter().map(|unique| columns(&unique.parts));
    let indexes = table
        .indexes
        .iter()
        .filter(|index| index.unique && index.predicate.is_none())
        .map(|index| columns(&index.parts));
    primary.chain(uniques).chain(indexes)
}

/// How many rows stand on each side: of a referencing table whose key is unique at most one, otherwise any number; of
/// the referenced one exactly one, or none where the key may be NULL.
fn cardinality(table: &Table, key: &ForeignKey) -> String {
    let of: BTreeSet<&str> = key.columns.iter().map(String::as_str).collect();
    let unique = unique_sets(table).any(|set| !set.is_empty() && set.is_subset(&of));
    let nullable = key
        .columns
        .iter()
        .any(|name| table.column(name).is_none_or(|column| column.nullable));
    let (many, one) = (
        if unique { "|o" } else { "}o" },
        if nullable { "o|" } else { "||" },
    );
    format!("{many}--{one}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{PrimaryKey, Schema, Unique};

    fn column(name: &str, ty: &str, nullable: bool) -> Column {
        Column::plain(name, ty, nullable)
    }

    fn table(name: &str, columns: Vec<Column>) -> Table {
        let first = columns.first().map(|column| KeyPart::column(&column.name));
        Table {
            name: name.into(),
            primary_key: Some(PrimaryKey {
                parts: first.into_iter().collect(),
                ..PrimaryKey::default()
            }),
            columns,
            ..Table::default()
        }
    }

    fn refers(table: &mut Table, column: &str, to: ObjectName) {
        table.foreign_keys.push(ForeignKey {
            columns: vec![column.into()],
            ref_table: to,
            ref_columns: vec!["id".into()],
            ..ForeignKey::default()
        });
    }

    fn realm(schemas: Vec<(&str, Vec<Table>)>) -> Realm {
        Realm {
            schemas: schemas
                .into_iter()
                .map(|(name, tables)| Schema {
                    name: name.into(),
                    tables,
                    ..Schema::default()
                })
                .collect(),
            ..Realm::default()
        }
    }

    #[test]
    fn shares_are_drawn_from_the_largest_on() {
        let share = |label: &str, number, color| (label.to_owned(), number, color);
        let text = pie(&[
            share("in sync", 2, Color::Green),
            share("t \"x\"", 7, Color::Red),
            share("not checked", 0, Color::Grey),
            share("u", 1, Color::Red),
        ]);
        let (init, rest) = text.split_once('\n').unwrap();
        assert_eq!(
            rest,
            "pie showData\n    \"t #quot;x#quot;\" : 7\n    \"in sync\" : 2\n    \"u\" : 1\n"
        );
        let colors = r##""pie1": "#ff8182", "pie2": "#6fdd8b", "pie3": "#ffb77c""##;
        assert!(init.contains(colors), "{init}");
        assert!(
            init.starts_with("%%{init: {") && init.ends_with("}}%%"),
            "{init}"
        );
    }

    #[test]
    fn cardinality_follows_null_and_uniqueness() {
        let users = table("users", vec![column("id", "integer", false)]);
        let mut posts = table(
            "posts",
            vec![
                column("id", "integer", false),
                column("author", "integer", false),
                column("editor", "integer", true),
                column("cover", "numeric(10, 2)", true),
            ],
        );
        let name = ObjectName::new("public", "users");
        for column in ["id", "author", "editor", "cover"] {
            refers(&mut posts, column, name.clone());
        }
        posts.uniques.push(Unique {
            parts: vec![KeyPart::column("cover")],
            ..Unique::default()
        });
        let realm = realm(vec![("public", vec![posts, users])]);
        let wanted = "\
erDiagram
    posts {
      integer id PK,FK
      integer author FK
      integer editor FK
      numeric(10__2) cover FK,UK
    }
    users {
      integer id PK
    }
    posts |o--|| users : \"id\"
    posts }o--|| users : \"author\"
    posts }o--o| users : \"editor\"
    posts |o--o| users : \"cover\"
";
        assert_eq!(er_diagram(&realm, &all_tables(&realm)), wanted);
        let only = BTreeSet::from([ObjectName::new("public", "posts")]);
        let part = er_diagram(&realm, &only);
        assert!(
            part.contains("    }\n    users\n    posts |o--||"),
            "{part}"
        );
        assert_eq!(er_diagram(&realm, &BTreeSet::new()), "erDiagram\n");
    }

    #[test]
    fn names_that_the_grammar_has_no_place_for() {
        let columns = vec![
            column("PK", "enum('a','b) c')", false),
            column("größe", "timestamp with time zone", false),
            column("2 \"be\"", "\"My Type\"[]", false),
            column("uk-x", "", false),
            column("pkey", "int", false),
        ];
        let mut odd = table("a \"b\"%%{x}~`#; direction\tTB", columns);
        refers(&mut odd, "PK", ObjectName::new("s", "one"));
        let tables = vec![
            odd,
            table("one", vec![column("id", "int", false)]),
            table("t_one", vec![column("id", "int", false)]),
            table("größe", vec![column("id", "int", false)]),
            table("gr__e", Vec::new()),
        ];
        let realm = realm(vec![("s", tables)]);
        let wanted = "\
erDiagram
    a__b____x______direction_TB[\"a #quot;b#quot;#37;#37;#123;x#125;#126;#96;#35;#59; direction#32;TB\"] {
      enum _PK PK,FK \"PK\"
      timestamp_with_time_zone größe
      _My_Type_[] _2__be_ \"2 #quot;be#quot;\"
      _ _uk-x \"uk-x\"
      int pkey
    }
";
        let text = er_diagram(&realm, &all_tables(&realm));
        assert_eq!(text.get(..wanted.len()), Some(wanted));
        for part in [
            "    t_one_2[\"one\"] {\n",
            "    gr__e {\n    }\n",
            "    gr__e_2[\"größe\"] {\n",
            "    a__b____x______direction_TB |o--|| t_one_2 : \"PK\"\n",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }

    #[test]
    fn names_are_qualified_where_there_are_several_schemas() {
        let one = table("users", vec![column("id", "int", false)]);
        let realm = realm(vec![("a", vec![one.clone()]), ("b", vec![one])]);
        let text = er_diagram(&realm, &all_tables(&realm));
        assert!(text.contains("    a_users[\"a.users\"] {\n"), "{text}");
        assert!(text.contains("    b_users[\"b.users\"] {\n"), "{text}");
    }
}
