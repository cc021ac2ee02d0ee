//! Models as SQL: the definitions that SQLAlchemy would print, and rows.

use super::model::{Class, Column, Item, Kind, Kit, Model, Table};

impl Model {
    /// What creates it.
    pub(super) fn sql(&self, kit: Kit) -> String {
        let mut parts = Vec::new();
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|label| format!("'{label}'"))
            .collect();
        let mood = match kit {
            Kit::Postgres => "mood".to_owned(),
            _ => format!("ENUM({})", labels.join(", ")),
        };
        let mut columns = self.tables.iter().flat_map(|table| &table.columns);
        if kit == Kit::Postgres && columns.any(|column| column.class == Class::Enum) {
            parts.push(format!("CREATE TYPE mood AS ENUM ({})", labels.join(", ")));
        }
        if self
            .tables
            .iter()
            .any(|table| table.name.starts_with("zoo."))
        {
            parts.push(match kit {
                Kit::Mssql => "EXEC('CREATE SCHEMA zoo')".to_owned(),
                _ => "CREATE SCHEMA IF NOT EXISTS zoo".to_owned(),
            });
        }
        let (mut made, mut late): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
        for table in self.by_dependency() {
            made.push(&table.name);
            let mut lines = vec![id(table, kit)];
            lines.extend(table.columns.iter().map(|c| column(c, kit, &mood)));
            if !(kit == Kit::Sqlite && table.numbered.is_some()) {
                let second = table.second_key.iter();
                let second: String = second.map(|name| format!(", {name}")).collect();
                lines.push(format!("PRIMARY KEY (id{second})"));
            }
            for item in &table.items {
                let Some(line) = constraint(item) else {
                    continue;
                };
                match &item.kind {
                    Kind::Key { target, .. }
                        if kit != Kit::Sqlite && !made.contains(&target.as_str()) =>
                    {
                        late.push(format!("ALTER TABLE {} ADD {line}", table.name));
                    }
                    _ => lines.push(line),
                }
            }
            let (mut kind, mut tail) = ("", String::new());
            match table.option {
                Some("UNLOGGED") => kind = "UNLOGGED ",
                Some(option) => tail = format!(" {option}"),
                None => {}
            }
            let own_comment = matches!(kit, Kit::Mysql | Kit::Mariadb);
            if let Some(comment) = table.comment.filter(|_| own_comment) {
                tail = format!(" COMMENT '{}'{tail}", comment.replace('\'', "''"));
            }
            parts.push(format!(
                "CREATE {kind}TABLE {} (\n  {}\n){tail}",
                table.name,
                lines.join(",\n  ")
            ));
            parts.extend(table.items.iter().filter_map(|item| index(table, item)));
            if matches!(kit, Kit::Postgres | Kit::Mssql) {
                parts.extend(comments(table, kit));
            }
        }
        parts.extend(late);
        parts.iter().map(|part| format!("{part};\n")).collect()
    }

    /// Tables after those that they refer to, as far as that goes.
    fn by_dependency(&self) -> Vec<&Table> {
        let mut rest: Vec<&Table> = self.tables.iter().collect();
        let mut sorted = Vec::new();
        while !rest.is_empty() {
            let waits = |table: &Table| {
                table.items.iter().any(|item| match &item.kind {
                    Kind::Key { target, .. } => {
                        *target != table.name && rest.iter().any(|other| other.name == *target)
                    }
                    _ => false,
                })
            };
            let next = rest.iter().position(|table| !waits(table));
            sorted.push(rest.remove(next.unwrap_or(0)));
        }
        sorted
    }

    /// Inserts of a few rows each, in which what refers to something finds it.
    pub(super) fn rows(&self, kit: Kit) -> Vec<String> {
        let mut inserts = Vec::new();
        for table in self.by_dependency() {
            let columns: Vec<(usize, &Column)> = table
                .columns
                .iter()
                .enumerate()
                .filter(|(_, column)| column.generated.is_none())
                .collect();
            for row in 1..=3 {
                let mut names = vec!["id"];
                let mut values = vec![row.to_string()];
                for (at, column) in &columns {
                    names.push(&column.name);
                    values.push(match !column.not_null && (at + row) % 3 == 0 {
                        true => "NULL".to_owned(),
                        false => self.value(column, row, kit),
                    });
                }
                inserts.push(format!(
                    "INSERT INTO {} ({}) VALUES ({})",
                    table.name,
                    names.join(", "),
                    values.join(", ")
                ));
            }
        }
        inserts
    }

    fn value(&self, column: &Column, row: usize, kit: Kit) -> String {
        match column.class {
            Class::Int => row.to_string(),
            Class::Text | Class::LongText => format!("'T{row}'"),
            Class::Number => format!("{row}.50"),
            Class::Bool if kit == Kit::Postgres => (row == 1).to_string(),
            Class::Bool => (row % 2).to_string(),
            Class::Time => format!("'2024-01-0{row} 00:00:00'"),
            Class::Date => format!("'2024-01-0{row}'"),
            Class::Json => format!("'{{\"a\": {row}}}'"),
            Class::Uuid => format!("'00000000-0000-0000-0000-00000000000{row}'"),
            Class::Array => format!("'{{a,{row}}}'"),
            Class::Enum => format!("'{}'", self.labels[row % 2]),
        }
    }
}

fn id(table: &Table, kit: Kit) -> String {
    match (kit, table.numbered) {
        (Kit::Sqlite, Some(_)) => "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL".to_owned(),
        (_, None) => format!("id {} NOT NULL", table.id),
        (Kit::Postgres, Some(true)) => match table.id {
            "BIGINT" => "id BIGSERIAL NOT NULL".to_owned(),
            "SMALLINT" => "id SMALLSERIAL NOT NULL".to_owned(),
            _ => "id SERIAL NOT NULL".to_owned(),
        },
        (Kit::Postgres, Some(false)) => format!("id {} GENERATED BY DEFAULT AS IDENTITY", table.id),
        (Kit::Mssql, Some(plain)) => {
            let numbers = if plain { "" } else { "(10, 5)" };
            format!("id {} NOT NULL IDENTITY{numbers}", table.id)
        }
        (_, Some(_)) => format!("id {} NOT NULL AUTO_INCREMENT", table.id),
    }
}

fn column(column: &Column, kit: Kit, mood: &str) -> String {
    if let (Kit::Mssql, Some(rule)) = (kit, &column.generated) {
        let rule = rule.replace(" VIRTUAL", "").replace("STORED", "PERSISTED");
        return format!("{} AS {rule}", column.name);
    }
    let ty = match column.class {
        Class::Enum => mood,
        _ => column.ty,
    };
    let mut text = format!("{} {ty}", column.name);
    if let Some(default) = column.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(rule) = &column.generated {
        text.push_str(&format!(" GENERATED ALWAYS AS {rule}"));
    }
    if column.not_null {
        text.push_str(" NOT NULL");
    }
    if let Some(comment) = column
        .comment
        .filter(|_| matches!(kit, Kit::Mysql | Kit::Mariadb))
    {
        text.push_str(&format!(" COMMENT '{}'", comment.replace('\'', "''")));
    }
    text
}

fn constraint(item: &Item) -> Option<String> {
    let name = match &item.name {
        Some(name) => format!("CONSTRAINT {name} "),
        None => String::new(),
    };
    let columns = item.columns.join(", ");
    match &item.kind {
        Kind::Index { .. } => None,
        Kind::Unique => Some(format!("{name}UNIQUE ({columns})")),
        Kind::Check(text) => Some(format!("{name}CHECK ({text})")),
        Kind::Key { target, on_delete } => Some(format!(
            "{name}FOREIGN KEY({columns}) REFERENCES {target} (id){on_delete}"
        )),
    }
}

fn index(table: &Table, item: &Item) -> Option<String> {
    let Kind::Index {
        unique,
        partial,
        expression,
        descending,
    } = item.kind
    else {
        return None;
    };
    let (name, columns) = (item.name.as_deref()?, item.columns.join(", "));
    let unique = if unique { "UNIQUE " } else { "" };
    let on = match expression {
        true => format!("((lower({columns})))"),
        false if descending => format!("({columns} DESC)"),
        false => format!("({columns})"),
    };
    let mut sql = format!("CREATE {unique}INDEX {name} ON {} {on}", table.name);
    if partial {
        sql.push_str(&format!(" WHERE {} IS NOT NULL", item.columns[0]));
    }
    Some(sql)
}

fn comments(table: &Table, kit: Kit) -> Vec<String> {
    let quoted = |text: &str| text.replace('\'', "''");
    let (schema, bare) = table.name.split_once('.').unwrap_or(("dbo", &table.name));
    let say = |column: Option<&str>, comment: &str| {
        let (comment, name) = (quoted(comment), &table.name);
        match (kit, column) {
            (Kit::Mssql, column) => {
                let column = column.map(|column| format!(", 'column', '{column}'"));
                let column = column.unwrap_or_default();
                format!(
                    "EXEC sp_addextendedproperty 'MS_Description', '{comment}', 'schema', '{schema}', 'table', '{bare}'{column}"
                )
            }
            (_, Some(column)) => format!("COMMENT ON COLUMN {name}.{column} IS '{comment}'"),
            (_, None) => format!("COMMENT ON TABLE {name} IS '{comment}'"),
        }
    };
    let own = table.comment.map(|comment| say(None, comment));
    let columns = table.columns.iter();
    let columns = columns.filter_map(|column| Some(say(Some(&column.name), column.comment?)));
    own.into_iter().chain(columns).collect()
}
