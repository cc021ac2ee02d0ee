//! What statements do to tables and columns that a comparison of before and after can't tell, or takes for something else: names
//! that change, and what is dropped, emptied or rewritten although it is there again afterwards.

use super::Rules;
use super::token::{Token, items, tokens};

/// A name as a statement has it, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub schema: Option<String>,
    pub name: String,
}

/// One thing that a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    RenameSchema {
        from: String,
        to: String,
    },
    /// Without a schema in `to`, the table stays in its own.
    RenameTable {
        from: Named,
        to: Named,
    },
    MoveTable {
        table: Named,
        schema: String,
    },
    RenameColumn {
        table: Named,
        from: String,
        to: String,
    },
    /// The table becomes a partition of another one.
    Attach(Named),
    DropTable(Named),
    DropColumn {
        table: Named,
        column: String,
    },
    /// The column gets a type, which may be the one that it has.
    Retype {
        table: Named,
        column: String,
    },
    /// All rows go.
    Empty(Named),
    /// Some rows go.
    Delete(Named),
    /// All rows are rewritten, and nothing else.
    Rewrite(Named),
}

/// What a statement does, in its order.
pub fn deeds(sql: &str, rules: &Rules) -> Vec<Deed> {
    let tokens: Vec<Token<'_>> = tokens(sql, rules).filter(|one| !one.symbol(";")).collect();
    let mut words = Words(&tokens);
    let first = words.next();
    let Some(first) = first else {
        return Vec::new();
    };
    match () {
        () if first.is("alter") => alter(words),
        () if first.is("drop") && words.eat("table") => {
            words.skip(&["if", "exists"]);
            words.list().into_iter().map(Deed::DropTable).collect()
        }
        () if first.is("truncate") => {
            words.skip(&["table", "only"]);
            words.list().into_iter().map(Deed::Empty).collect()
        }
        () if first.is("delete") => {
            let some = words.0.iter().any(|one| one.is_any(&["where", "limit"]));
            words.skip(&["low_priority", "quick", "ignore", "from", "only"]);
            let of = |table| match some {
                true => Deed::Delete(table),
                false => Deed::Empty(table),
            };
            words.list().into_iter().map(of).collect()
        }
        () if first.is("rename") && words.eat("table") => renames(words),
        () if first.is("optimize") => {
            words.skip(&["no_write_to_binlog", "local", "table"]);
            words.list().into_iter().map(Deed::Rewrite).collect()
        }
        () if first.is("cluster") => {
            words.options();
            words.skip(&["verbose"]);
            words.named().map(Deed::Rewrite).into_iter().collect()
        }
        () if first.is("vacuum") => {
            let listed = words.options().iter().any(|option| option.is("full"));
            if !(words.eat("full") || listed) {
                return Vec::new();
            }
            words.skip(&["freeze", "verbose", "analyze"]);
            words.list().into_iter().map(Deed::Rewrite).collect()
        }
        () if first.is_any(&["exec", "execute"]) && words.eat("sp_rename") => {
            procedure(words, rules).into_iter().collect()
        }
        () => Vec::new(),
    }
}

/// The table that a statement alters, or has an index on that comes or goes.
pub fn altered(sql: &str, rules: &Rules) -> Option<Named> {
    let tokens: Vec<Token<'_>> = tokens(sql, rules).collect();
    let mut words = Words(&tokens);
    if words.eat("alter") {
        return words.altered();
    }
    if !words.eat_any(&["create", "drop"]) {
        return None;
    }
    words.skip(&["or", "replace", "unique", "fulltext", "spatial"]);
    if !words.eat("index") {
        return None;
    }
    let at = words.0.iter().position(|token| token.is("on"))?;
    words.0 = &words.0[at + 1..];
    words.eat("only");
    words.named()
}

/// Whether a statement may change many rows.
pub fn changes_rows(sql: &str, rules: &Rules) -> bool {
    let mut tokens = tokens(sql, rules);
    let Some(first) = tokens.next() else {
        return false;
    };
    first.is_any(&["update", "delete", "merge"])
        || first.is_any(&["insert", "with"])
            && tokens.any(|token| match first.is("insert") {
                true => token.is("select"),
                false => token.is_any(&["insert", "update", "delete", "merge"]),
            })
}

/// Whether rows of a table are taken to somewhere else.
pub fn reads(sql: &str, table: &str, rules: &Rules) -> bool {
    let tokens: Vec<Token<'_>> = tokens(sql, rules).collect();
    let copies = [
        "insert", "create", "with", "merge", "replace", "select", "copy",
    ];
    let first = tokens.first();
    if !first.is_some_and(|first| first.is_any(&copies)) {
        return false;
    }
    (0..tokens.len()).any(|at| {
        tokens[at].is_any(&["from", "join", "using", "copy"])
            && Words(&tokens[at + 1..])
                .named()
                .is_some_and(|one| one.name.eq_ignore_ascii_case(table))
    })
}

/// `RENAME TABLE a TO b, c TO d`.
fn renames(mut words: Words<'_, '_>) -> Vec<Deed> {
    words.skip(&["if", "exists"]);
    let pairs = items(words.0).filter_map(|item| {
        let mut item = Words(item);
        let from = item.named()?;
        item.eat("to");
        let to = item.named()?;
        Some(Deed::RenameTable { from, to })
    });
    pairs.collect()
}

/// `sp_rename 'a.t', 'u'` and `sp_rename 'a.t.c', 'd', 'COLUMN'`.
fn procedure(words: Words<'_, '_>, rules: &Rules) -> Option<Deed> {
    let arguments: Vec<String> = items(words.0)
        .filter_map(|item| Some(item.last()?.unquoted().into_owned()))
        .collect();
    let (name, to) = (arguments.first()?, arguments.get(1)?);
    let parts: Vec<String> = tokens(name, rules)
        .filter_map(|token| Some(token.name()?.into_owned()))
        .collect();
    let named = |parts: &[String]| {
        let (name, schema) = parts.split_last()?;
        Some(Named {
            schema: schema.last().cloned(),
            name: name.clone(),
        })
    };
    let kind = arguments.get(2).map(|kind| kind.to_lowercase());
    match kind.as_deref() {
        Some("column") => {
            let (from, table) = parts.split_last()?;
            Some(Deed::RenameColumn {
                table: named(table)?,
                from: from.clone(),
                to: to.clone(),
            })
        }
        Some("object") | None => Some(Deed::RenameTable {
            from: named(&parts)?,
            to: Named {
                schema: None,
                name: to.clone(),
            },
        }),
        Some(_) => None,
    }
}

fn alter(mut words: Words<'_, '_>) -> Vec<Deed> {
    if words.eat("schema") {
        return schema(words).into_iter().collect();
    }
    let Some(table) = words.altered() else {
        return Vec::new();
    };
    words.symbol("*");
    let actions = items(words.0);
    actions
        .filter_map(|item| action(&table, Words(item)))
        .collect()
}

/// `ALTER SCHEMA a RENAME TO b`, `ALTER SCHEMA a TRANSFER b.t`.
fn schema(mut words: Words<'_, '_>) -> Option<Deed> {
    let from = words.named()?.name;
    if words.eat("transfer") {
        if words.eat("object") {
            words.symbol("::");
        }
        let table = words.named()?;
        return Some(Deed::MoveTable {
            table,
            schema: from,
        });
    }
    let to = (words.eat("rename") && words.eat("to")).then(|| words.named())??;
    Some(Deed::RenameSchema { from, to: to.name })
}

/// What one action of an `ALTER TABLE` does.
fn action(table: &Named, mut words: Words<'_, '_>) -> Option<Deed> {
    let table = table.clone();
    let first = words.next()?;
    match () {
        () if first.is("rename") => {
            if words.eat_any(&["constraint", "index", "key"]) {
                return None;
            }
            let column = words.eat("column");
            let to = words.eat_any(&["to", "as"]) || words.symbol("=");
            words.skip(&["if", "exists"]);
            let one = words.named()?;
            Some(match words.eat("to") {
                true => Deed::RenameColumn {
                    table,
                    from: one.name,
                    to: words.named()?.name,
                },
                false if column && !to => return None,
                false => Deed::RenameTable {
                    from: table,
                    to: one,
                },
            })
        }
        () if first.is("change") => {
            words.skip(&["column", "if", "exists"]);
            let from = words.named()?.name;
            let to = words.named()?.name;
            Some(match from == to {
                true => Deed::Retype {
                    table,
                    column: from,
                },
                false => Deed::RenameColumn { table, from, to },
            })
        }
        () if first.is("modify") => {
            words.skip(&["column", "if", "exists"]);
            let column = words.named()?.name;
            Some(Deed::Retype { table, column })
        }
        () if first.is("alter") => {
            words.eat("column");
            let column = words.named()?.name;
            let next = words.next()?;
            let typed = match next.is("set") {
                true => words.eat("data"),
                false => !next.is_any(&["drop", "add", "restart"]),
            };
            typed.then_some(Deed::Retype { table, column })
        }
        () if first.is("set") && words.eat("schema") => Some(Deed::MoveTable {
            table,
            schema: words.named()?.name,
        }),
        () if first.is("attach") && words.eat("partition") => words.named().map(Deed::Attach),
        () if first.is("drop") => {
            let column = words.eat("column");
            let others = [
                "constraint",
                "index",
                "key",
                "primary",
                "foreign",
                "check",
                "partition",
                "system",
                "period",
                "unique",
            ];
            if !column && words.eat_any(&others) {
                return None;
            }
            words.skip(&["if", "exists"]);
            let column = words.named()?.name;
            Some(Deed::DropColumn { table, column })
        }
        () if first.is_any(&["force", "engine"]) => Some(Deed::Rewrite(table)),
        () => None,
    }
}

/// Tokens that are still to be read.
struct Words<'t, 'a>(&'t [Token<'a>]);

impl<'t, 'a> Words<'t, 'a> {
    fn next(&mut self) -> Option<&'t Token<'a>> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn eat(&mut self, word: &str) -> bool {
        self.eat_any(&[word])
    }

    fn eat_any(&mut self, words: &[&str]) -> bool {
        let found = self.0.first().is_some_and(|token| token.is_any(words));
        self.0 = &self.0[usize::from(found)..];
        found
    }

    /// Leaves these words out, each where it comes next.
    fn skip(&mut self, words: &[&str]) {
        for word in words {
            self.eat(word);
        }
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.0.first().is_some_and(|token| token.symbol(symbol));
        self.0 = &self.0[usize::from(found)..];
        found
    }

    /// The tokens in the next parentheses.
    fn options(&mut self) -> &'t [Token<'a>] {
        if !self.0.first().is_some_and(|token| token.symbol("(")) {
            return &[];
        }
        let end = super::token::closing(self.0).min(self.0.len() - 1);
        let (options, rest) = self.0.split_at(end + 1);
        self.0 = rest;
        options
    }

    /// A name with what qualifies it; of a database's name nothing is kept.
    fn named(&mut self) -> Option<Named> {
        let mut name = self.0.first()?.name()?.into_owned();
        let mut schema = None;
        self.next();
        while self.symbol(".") {
            let part = self.next()?.name()?.into_owned();
            schema = Some(std::mem::replace(&mut name, part));
        }
        Some(Named { schema, name })
    }

    /// The table of an `ALTER TABLE`, from behind its first word on.
    fn altered(&mut self) -> Option<Named> {
        self.skip(&["online", "ignore"]);
        if !self.eat("table") {
            return None;
        }
        self.skip(&["if", "exists", "only"]);
        self.named()
    }

    /// Names between commas.
    fn list(&mut self) -> Vec<Named> {
        items(self.0)
            .filter_map(|item| {
                let mut item = Words(item);
                item.eat("only");
                item.named()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Named {
        let (schema, name) = match name.split_once('.') {
            Some((schema, name)) => (Some(schema.to_owned()), name),
            None => (None, name),
        };
        Named {
            schema,
            name: name.to_owned(),
        }
    }

    fn table(from: &str, to: &str) -> Deed {
        Deed::RenameTable {
            from: named(from),
            to: named(to),
        }
    }

    fn column(on: &str, from: &str, to: &str) -> Deed {
        Deed::RenameColumn {
            table: named(on),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    #[track_caller]
    fn does(sql: &str, rules: &Rules, expected: &[Deed]) {
        assert_eq!(deeds(sql, rules), expected, "{sql}");
    }

    #[test]
    fn names_that_change_are_told_in_each_dialect() {
        let moved = |on: &str, schema: &str| Deed::MoveTable {
            table: named(on),
            schema: schema.to_owned(),
        };
        let rules = &Rules::POSTGRES;
        does("alter table t rename to t2;", rules, &[table("t", "t2")]);
        does(
            "ALTER TABLE IF EXISTS ONLY s.t * RENAME COLUMN \"A\" TO b",
            rules,
            &[column("s.t", "A", "b")],
        );
        does(
            "alter table t rename a to b",
            rules,
            &[column("t", "a", "b")],
        );
        does("alter table t rename constraint a to b", rules, &[]);
        does("alter table t set schema x", rules, &[moved("t", "x")]);
        does(
            "alter table p attach partition s.p1 for values in (1)",
            rules,
            &[Deed::Attach(named("s.p1"))],
        );
        does(
            "alter schema a rename to b",
            rules,
            &[Deed::RenameSchema {
                from: "a".to_owned(),
                to: "b".to_owned(),
            }],
        );
        let rules = &Rules::MYSQL;
        does(
            "alter table `t` add x int, change column a b int not null, change c c int, rename column d to e, rename as u",
            rules,
            &[
                column("t", "a", "b"),
                Deed::Retype {
                    table: named("t"),
                    column: "c".to_owned(),
                },
                column("t", "d", "e"),
                table("t", "u"),
            ],
        );
        does(
            "rename table a to b, s.c to s.d",
            rules,
            &[table("a", "b"), table("s.c", "s.d")],
        );
        does(
            "alter table t rename index i to j, rename u",
            rules,
            &[table("t", "u")],
        );
        let rules = &Rules::MSSQL;
        does(
            "EXEC sp_rename N'dbo.[t]', 'u';",
            rules,
            &[table("dbo.t", "u")],
        );
        does(
            "exec sp_rename @objname = 'dbo.t.a', @newname = 'b', @objtype = 'COLUMN'",
            rules,
            &[column("dbo.t", "a", "b")],
        );
        does("exec sp_rename 'dbo.t.i', 'j', 'INDEX'", rules, &[]);
        does(
            "alter schema x transfer object::dbo.t",
            rules,
            &[moved("dbo.t", "x")],
        );
    }

    #[test]
    fn what_goes_or_is_written_anew_is_told() {
        let rules = &Rules::POSTGRES;
        let dropped = |on: &str, column: &str| Deed::DropColumn {
            table: named(on),
            column: column.to_owned(),
        };
        does(
            "drop table if exists a, s.b cascade",
            rules,
            &[Deed::DropTable(named("a")), Deed::DropTable(named("s.b"))],
        );
        does(
            "alter table t drop a, drop column if exists b cascade, drop constraint c, alter d drop not null, add e int",
            rules,
            &[dropped("t", "a"), dropped("t", "b")],
        );
        does(
            "truncate table only a, b restart identity",
            rules,
            &[Deed::Empty(named("a")), Deed::Empty(named("b"))],
        );
        does("delete from only a", rules, &[Deed::Empty(named("a"))]);
        does(
            "delete from s.a using b where a.id = b.id",
            rules,
            &[Deed::Delete(named("s.a"))],
        );
        let retyped = Deed::Retype {
            table: named("t"),
            column: "a".to_owned(),
        };
        for sql in [
            "alter table t alter a type text",
            "alter table t alter column a set data type text using a::text",
            "alter table t modify a text",
            "alter table t change column a a text, alter b set default 1, alter c drop not null",
        ] {
            does(sql, rules, std::slice::from_ref(&retyped));
        }
        let anew = |on: &str| vec![Deed::Rewrite(named(on))];
        does("cluster verbose t using i", rules, &anew("t"));
        does("cluster (verbose) t", rules, &anew("t"));
        does("vacuum full analyze s.t", rules, &anew("s.t"));
        does("vacuum (analyze, full) t", rules, &anew("t"));
        does("vacuum analyze t", rules, &[]);
        does("drop view t", rules, &[]);
        does("insert into t values ('drop table t')", rules, &[]);
        let rules = &Rules::MYSQL;
        does("optimize local table t", rules, &anew("t"));
        does("alter table t force", rules, &anew("t"));
        does("alter table t engine = InnoDB", rules, &anew("t"));
    }

    #[test]
    fn rows_that_are_copied_are_told_from_rows_that_are_not() {
        let rules = &Rules::SQLITE;
        assert!(reads("insert into new select * from \"t\"", "t", rules));
        assert!(reads("create table new as select a from s.t", "t", rules));
        assert!(!reads("insert into t select * from u", "t", rules));
        assert!(!reads("delete from t", "t", rules));
    }
}
