//! What the server refuses of a batch before it runs: it is compiled as a whole, and columns that it adds to a table are not
//! there yet. Names of objects that are not there are looked up later, those of columns are not
//! (<https://learn.microsoft.com/sql/t-sql/language-elements/sql-server-utilities-statements-go>).

use std::borrow::Cow;

use crate::dialect::mssql::parse::{self, Alter, Body, Expr, Item, Node, Path, Refusal, Stmt};
use crate::schema::Table;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

use super::State;
use super::names::{mentions, path_of, same};
use super::rename::parts;
use super::store::Key;

/// What a batch makes.
#[derive(Default)]
struct Made {
    /// Columns of tables that were there before it.
    columns: Vec<(Key, String, String)>,
    /// Tables, with their columns.
    tables: Vec<(String, Vec<String>)>,
}

/// Statements in which names of columns are looked up when the batch is compiled.
const COMPILED: &[&str] = &[
    "DECLARE", "DELETE", "IF", "INSERT", "MERGE", "SELECT", "SET", "UPDATE", "WHILE", "WITH",
];

impl State {
    /// Refuses a batch that does not compile.
    pub(super) fn compile(&self, text: &str, nodes: &[Node]) -> Result<(), Refusal> {
        let mut made = Made::default();
        self.makes(nodes, &mut made);
        match made.columns.is_empty() {
            true => Ok(()),
            false => self.uses(text, nodes, &made),
        }
    }

    fn makes(&self, nodes: &[Node], made: &mut Made) {
        for node in nodes {
            match &node.stmt {
                Stmt::CreateTable { name, items, .. } => {
                    let columns = items.iter().filter_map(|item| match item {
                        Item::Column(def) => Some(def.column.name.clone()),
                        _ => None,
                    });
                    made.tables.push((name.name.clone(), columns.collect()));
                }
                Stmt::AlterTable {
                    name,
                    change: Alter::Add { items, .. },
                } => {
                    for item in items {
                        if let Item::Column(def) = item {
                            self.adds(name, &def.column.name, made);
                        }
                    }
                }
                Stmt::Call {
                    procedure,
                    arguments,
                } if same(&procedure.name, "sp_rename") => {
                    let values = arguments.iter().map(|(_, value)| value);
                    if let [Expr::Text(object), Expr::Text(to), Expr::Text(kind)] =
                        &values.cloned().collect::<Vec<_>>()[..]
                    {
                        self.renames(parts(object), to, kind, made);
                    }
                }
                Stmt::Dynamic(Expr::Text(text)) => {
                    self.makes(&parse::batch(text).unwrap_or_default(), made);
                }
                Stmt::If {
                    then, otherwise, ..
                } => {
                    self.makes(then, made);
                    self.makes(otherwise, made);
                }
                Stmt::While { body, .. } => self.makes(body, made),
                _ => {}
            }
        }
    }

    /// A column gets a name, or a table that of one which was there.
    fn renames(&self, mut names: Vec<String>, to: &str, kind: &str, made: &mut Made) {
        let own = names.pop().unwrap_or_default();
        if same(kind, "COLUMN") {
            self.adds(&path_of(names), to, made);
        } else if let Some((_, columns)) = made.tables.iter().find(|(name, _)| same(name, &own)) {
            let columns = columns.clone();
            names.push(to.to_owned());
            let path = path_of(names);
            match self.find_table(&path) {
                Some(_) => columns.iter().for_each(|one| self.adds(&path, one, made)),
                None => made.tables.push((path.name, columns)),
            }
        }
    }

    fn adds(&self, table: &Path, column: &str, made: &mut Made) {
        if let Some((name, there)) = self.find_table(table)
            && !has(there, column)
        {
            made.columns
                .push((Key::of(&name), name.name, column.to_owned()));
        }
    }

    fn uses(&self, text: &str, nodes: &[Node], made: &Made) -> Result<(), Refusal> {
        for node in nodes {
            match &node.stmt {
                Stmt::If {
                    then, otherwise, ..
                } => {
                    let end = then.first().map_or(node.end, |first| first.offset);
                    self.looks_up(text, node.offset..end, made)?;
                    self.uses(text, then, made)?;
                    self.uses(text, otherwise, made)?;
                }
                Stmt::While { body, .. } => {
                    let end = body.first().map_or(node.end, |first| first.offset);
                    self.looks_up(text, node.offset..end, made)?;
                    self.uses(text, body, made)?;
                }
                Stmt::AlterTable {
                    name,
                    change: Alter::Add { items, .. },
                } => computes(&Self::key(name), items, made)?,
                Stmt::CreateIndex { table, index, .. } => {
                    let key = Self::key(table);
                    let filter = index.predicate.as_deref().unwrap_or_default();
                    let mut columns = made.columns.iter();
                    if let Some((.., name)) =
                        columns.find(|(on, _, name)| *on == key && mentions(filter, name))
                    {
                        return Err(early(name, node.offset));
                    }
                }
                _ => self.looks_up(text, node.offset..node.end, made)?,
            }
        }
        Ok(())
    }

    /// What reads or writes rows.
    fn looks_up(
        &self,
        text: &str,
        range: std::ops::Range<usize>,
        made: &Made,
    ) -> Result<(), Refusal> {
        let start = range.start;
        let all: Vec<Token<'_>> = tokens(&text[range], &Rules::MSSQL).collect();
        if !all.first().is_some_and(|first| first.is_any(COMPILED)) {
            return Ok(());
        }
        let names: Vec<_> = all.iter().filter_map(name).collect();
        // A statement with an object that is not there yet is compiled when it runs.
        let late = |name: &str| {
            name.starts_with('#') || made.tables.iter().any(|(table, _)| same(table, name))
        };
        if names.iter().any(|name| late(name)) {
            return Ok(());
        }
        for (key, table, column) in &made.columns {
            let others = names
                .iter()
                .flat_map(|name| self.store.objects_named(name))
                .map(|object| Key::new(&object.schema, &object.name))
                .filter(|other| other != key);
            let mut others = others.filter_map(|other| self.store.table(&other));
            if !names.iter().any(|name| same(name, table)) || others.any(|other| has(other, column))
            {
                continue;
            }
            let place = all.iter().enumerate().find(|(at, token)| {
                let next = all.get(at + 1);
                let part = next.is_some_and(|next| next.symbol("(") || next.symbol("."));
                let said = at.checked_sub(1).is_some_and(|at| all[at].is("AS"));
                !part && !said && name(token).is_some_and(|name| same(&name, column))
            });
            if let Some((_, token)) = place {
                return Err(early(column, start + token.start));
            }
        }
        Ok(())
    }
}

fn name<'a>(token: &Token<'a>) -> Option<Cow<'a, str>> {
    let is = matches!(token.kind, Kind::Word | Kind::Name);
    is.then(|| token.name()).flatten()
}

fn has(table: &Table, column: &str) -> bool {
    table.columns.iter().any(|one| same(&one.name, column))
}

/// Expressions over columns that an earlier statement of the batch adds.
fn computes(table: &Key, items: &[Item], made: &Made) -> Result<(), Refusal> {
    let own = |name: &str| {
        let mut items = items.iter();
        items.any(|item| matches!(item, Item::Column(def) if same(&def.column.name, name)))
    };
    let columns = made.columns.iter().filter(|(on, ..)| on == table);
    for (.., name) in columns.filter(|(.., name)| !own(name)) {
        let checks = |body: &Body| matches!(body, Body::Check(expr) if mentions(expr, name));
        for item in items {
            let place = match item {
                Item::Column(def) => {
                    let rule = def.column.generated.as_ref();
                    let computed = rule.is_some_and(|rule| mentions(&rule.expr, name));
                    let mut own = def.constraints.iter();
                    (computed || own.any(|one| checks(&one.body))).then_some(def.offset)
                }
                Item::Constraint(one) => checks(&one.body).then_some(one.offset),
                _ => None,
            };
            if let Some(offset) = place {
                return Err(early(name, offset));
            }
        }
    }
    Ok(())
}

fn early(column: &str, offset: usize) -> Refusal {
    Refusal {
        offset,
        ..Refusal::server("207", format!("Invalid column name '{column}'."))
    }
    .hint("a batch is compiled before its first statement runs, and the column is added in this one: put a line `GO` before this, or run it by `EXEC (N'…')`")
}

#[cfg(test)]
mod tests {
    use super::super::tests::replay;

    const START: &str = "CREATE TABLE a (id int NOT NULL, n int);\nCREATE TABLE o (b int);\nGO\n";

    #[test]
    fn a_batch_is_compiled_before_it_runs() {
        for (batch, code) in [
            ("ALTER TABLE a ADD b int\nUPDATE a SET b = 1", "207"),
            (
                "ALTER TABLE a ADD b int\nSELECT x.[B] FROM dbo.a x WHERE x.id = 1",
                "207",
            ),
            (
                "IF COL_LENGTH('a', 'b') IS NULL\nBEGIN\n  ALTER TABLE a ADD b int;\n  UPDATE a SET b = 1;\nEND",
                "207",
            ),
            (
                "IF 1 = 0\n  ALTER TABLE a ADD b int\nINSERT INTO a (id, b) VALUES (1, 2)",
                "207",
            ),
            (
                "EXEC (N'ALTER TABLE a ADD b int')\nDELETE a WHERE b = 1",
                "207",
            ),
            (
                "EXEC sp_rename 'dbo.a.n', 'b', 'COLUMN'\nUPDATE a SET b = 1",
                "207",
            ),
            (
                "ALTER TABLE a ADD b int\nALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)",
                "207",
            ),
            (
                "ALTER TABLE a ADD b int\nALTER TABLE a ADD c AS (b + 1)",
                "207",
            ),
            (
                "ALTER TABLE a ADD b int\nCREATE INDEX i ON a (id) WHERE b IS NOT NULL",
                "207",
            ),
            (
                "ALTER TABLE a ADD b int\nIF EXISTS (SELECT 1 FROM a WHERE b = 1) PRINT 'x'",
                "207",
            ),
            (
                "ALTER TABLE a ADD b int\nCREATE VIEW v AS SELECT id FROM a",
                "111",
            ),
            ("SET NOCOUNT ON\nCREATE OR ALTER PROC p AS SELECT 1", "111"),
            ("PRINT 'x'\nCREATE SCHEMA s", "111"),
            (
                "PRINT 'x'\nALTER TRIGGER t ON a AFTER INSERT AS RETURN",
                "111",
            ),
            ("IF SCHEMA_ID('s') IS NULL CREATE SCHEMA s", "156"),
            (
                "BEGIN TRY\n  CREATE FUNCTION f() RETURNS int AS BEGIN RETURN 1 END\nEND TRY",
                "156",
            ),
            ("DECLARE @x int = 1\nGO\nUPDATE a SET n = @x", "137"),
            ("DECLARE @x int = 1\nGO\nSET @x = 2", "137"),
            ("DECLARE @x int = 1\nEXEC ('UPDATE a SET n = @x')", "137"),
            (
                "DECLARE @t TABLE (id int)\nGO\nINSERT INTO @t VALUES (1)",
                "1087",
            ),
            ("IF @x = 1 PRINT 'x'", "137"),
        ] {
            let refused = replay(&format!("{START}{batch}")).expect_err(batch);
            assert_eq!(refused.0.as_deref(), Some(code), "{batch}: {}", refused.1);
        }
        for batch in [
            "ALTER TABLE a ADD b int\nGO\nUPDATE a SET b = 1",
            "ALTER TABLE a ADD b int;\nUPDATE a SET b = 1;\nCREATE VIEW v AS SELECT b FROM a;",
            "ALTER TABLE a ADD b int\nEXEC (N'UPDATE a SET b = 1')\nALTER TABLE a ADD DEFAULT 1 FOR b\nCREATE INDEX i ON a (b) INCLUDE (n) WHERE n > 0",
            "ALTER TABLE a ADD b int, c AS (b + 1), CONSTRAINT k CHECK (b > 0)\nUPDATE a SET n = 1",
            "ALTER TABLE a ADD b int\nUPDATE o SET b = 1\nINSERT INTO o (b) SELECT n AS b FROM a",
            "CREATE TABLE new (id int)\nALTER TABLE new ADD b int\nUPDATE new SET b = 1",
            "ALTER TABLE a ADD b int\nCREATE TABLE #t (id int)\nUPDATE a SET b = 1 FROM a JOIN #t t ON t.id = a.id",
            "ALTER TABLE a ADD b int\nCREATE SYNONYM s FOR a\nCREATE TYPE t FROM int",
            "CREATE SCHEMA s\nGRANT SELECT ON a TO public\nCREATE TABLE s.t (id int)",
            "DECLARE @x int = 1, @y int; SET @y = @x + 1; UPDATE a SET n = @y; EXEC sp_rename @objname = 'a.n', @newname = 'm', @objtype = 'COLUMN'",
            "IF 1 = 0\nBEGIN\n  DECLARE @x int = 1\nEND\nIF @x IS NULL ALTER TABLE a ADD b int\nDECLARE @t TABLE (id int)\nINSERT INTO @t VALUES (@x)",
        ] {
            replay(&format!("{START}{batch}")).expect(batch);
        }
    }

    #[test]
    fn a_refusal_says_where_and_what_to_do() {
        use crate::engine::offline::Replay as _;
        let mut state = super::State::new();
        state.run("CREATE TABLE a (id int)").unwrap();
        let text = "ALTER TABLE a ADD b int\nUPDATE a SET b = 1";
        let refused = state.run(text).unwrap_err();
        assert_eq!(refused.offset, text.find("b = 1"));
        assert!(
            refused
                .hint
                .unwrap()
                .contains("put a line `GO` before this")
        );
        let text = "PRINT 'x'\nCREATE VIEW v AS SELECT 1 AS n";
        let refused = state.run(text).unwrap_err();
        assert_eq!(refused.offset, text.find("CREATE"));
        assert_eq!(refused.hint.as_deref(), Some("put a line `GO` before it"));
    }
}
