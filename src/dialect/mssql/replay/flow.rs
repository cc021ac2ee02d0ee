//! How a batch goes on: conditions, loops, jumps.

use crate::dialect::mssql::parse::{Expr, Node, Refusal, Stmt, batch};

use super::State;

/// How often the body of a loop is followed.
const MOST: usize = 1000;

/// What is left out of what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Leave {
    #[default]
    Not,
    /// The rest of a loop's body.
    Turn,
    Loop,
    Batch,
    /// What stands before a label.
    To(String),
}

fn endless(what: &str) -> Refusal {
    Refusal::at(0, format!("{what} changes the schema, and how often can't be known without a server"))
        .hint("write out the statements that it runs, and keep loops over rows apart from them; or use a dev database on a server")
}

/// The statements leave the schema as it is and go on behind; the variables that get values.
fn quiet(nodes: &[Node], variables: &mut Vec<String>) -> bool {
    nodes.iter().all(|node| match &node.stmt {
        Stmt::Nothing | Stmt::Rows(_) | Stmt::Label(_) | Stmt::Break | Stmt::Continue => true,
        Stmt::Assign(all) => {
            variables.extend(all.iter().map(|(name, _)| name.to_lowercase()));
            true
        }
        Stmt::Query(query) => {
            let given = query.output.iter().filter_map(|(name, _)| name.clone());
            variables.extend(given);
            true
        }
        Stmt::Forget(names) => {
            variables.extend(names.iter().cloned());
            true
        }
        Stmt::If {
            then, otherwise, ..
        } => quiet(then, variables) && quiet(otherwise, variables),
        Stmt::While { body, .. } => quiet(body, variables),
        Stmt::Dynamic(Expr::Text(text)) => {
            batch(text).is_ok_and(|nodes| quiet(&nodes, &mut Vec::new()))
        }
        _ => false,
    })
}

impl State {
    /// Follows a batch as a whole.
    pub(super) fn batch(&mut self, text: &str, nodes: &[Node]) -> Result<(), Refusal> {
        self.compile(text, nodes)?;
        self.leaves = Leave::Not;
        self.all(nodes)?;
        match std::mem::take(&mut self.leaves) {
            Leave::To(label) => Err(Refusal::at(
                0,
                format!("where `GOTO {label}` leads can't be followed without a server"),
            )
            .hint("offline, trueup follows a jump to a label further on; write others with `IF … BEGIN … END`")),
            _ => Ok(()),
        }
    }

    pub(super) fn leave(&mut self, leave: Leave) -> Result<(), Refusal> {
        self.leaves = leave;
        Ok(())
    }

    pub(super) fn all(&mut self, nodes: &[Node]) -> Result<(), Refusal> {
        let mut rest = nodes.iter();
        while let Some(node) = rest.next() {
            let place = |refusal: Refusal| match refusal.offset {
                0 => Refusal {
                    offset: node.offset,
                    ..refusal
                },
                _ => refusal,
            };
            self.one(&node.stmt).map_err(place)?;
            match &self.leaves {
                Leave::Not => {}
                Leave::To(label) => {
                    let is = |node: &Node| matches!(&node.stmt, Stmt::Label(own) if own == label);
                    if !rest.any(is) {
                        return Ok(());
                    }
                    self.leaves = Leave::Not;
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn forget(&mut self, variables: Vec<String>) {
        let unknown = variables.into_iter().map(|name| (name, None));
        self.variables.extend(unknown);
    }

    /// `IF`.
    pub(super) fn branch(
        &mut self,
        condition: &Expr,
        then: &[Node],
        otherwise: &[Node],
    ) -> Result<(), Refusal> {
        match self.holds(condition) {
            Ok(true) => self.all(then),
            Ok(false) => self.all(otherwise),
            Err(refusal) => {
                let mut variables = Vec::new();
                let both = quiet(then, &mut variables) && quiet(otherwise, &mut variables);
                let jumps = |nodes: &[Node]| leaves_loop(nodes);
                // Both ways leave the schema as it is.
                if refusal.code.is_some() || !both || jumps(then) || jumps(otherwise) {
                    return Err(refusal);
                }
                self.forget(variables);
                Ok(())
            }
        }
    }

    /// `WHILE`. What only changes rows is passed over.
    pub(super) fn repeat(
        &mut self,
        condition: Option<&Expr>,
        body: &[Node],
    ) -> Result<(), Refusal> {
        let mut variables = Vec::new();
        if quiet(body, &mut variables) {
            self.forget(variables);
            return Ok(());
        }
        let condition = condition.ok_or_else(|| endless("this loop"))?;
        for _ in 0..MOST {
            let holds = self.holds(condition).map_err(|refusal| match refusal.code {
                None => endless("this loop"),
                Some(_) => refusal,
            });
            if !holds? {
                return Ok(());
            }
            self.all(body)?;
            match std::mem::take(&mut self.leaves) {
                Leave::Not | Leave::Turn => {}
                Leave::Loop => return Ok(()),
                out => {
                    self.leaves = out;
                    return Ok(());
                }
            }
        }
        Err(endless(&format!("a loop of more than {MOST} turns")))
    }
}

/// The loop around may end here.
fn leaves_loop(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match &node.stmt {
        Stmt::Break | Stmt::Continue => true,
        Stmt::If {
            then, otherwise, ..
        } => leaves_loop(then) || leaves_loop(otherwise),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{columns, replay, table};

    const START: &str = "CREATE TABLE a (id int, n int);\nGO\n";

    #[test]
    fn loops_over_rows_are_passed_over() {
        for batch in [
            "WHILE EXISTS (SELECT 1 FROM a WHERE n IS NULL)\n  UPDATE TOP (100) a SET n = 0 WHERE n IS NULL",
            "DECLARE @i int = 0;\nWHILE @i % 7 < 5\nBEGIN\n  INSERT INTO a (id) VALUES (@i);\n  SET @i = @i + 1;\n  IF @i = 3 BREAK;\n  WAITFOR DELAY '00:00:01';\nEND",
            "DELETE TOP (10) FROM a\nWHILE @@ROWCOUNT > 0\nBEGIN\n  DELETE TOP (10) FROM a\n  IF @@ERROR <> 0 CONTINUE\nEND",
            "DECLARE @id int, @n int\nDECLARE c CURSOR LOCAL FAST_FORWARD FOR\nSELECT id, n FROM a\nOPEN c\nFETCH NEXT FROM c INTO @id, @n\nWHILE @@FETCH_STATUS = 0\nBEGIN\n  UPDATE a SET n = @n WHERE id = @id\n  EXEC ('DELETE FROM a')\n  FETCH NEXT FROM c INTO @id, @n\nEND\nCLOSE c\nDEALLOCATE c",
            "IF EXISTS (SELECT 1 FROM a) UPDATE a SET n = 1 ELSE PRINT 'none'",
        ] {
            let found = table(&format!("{START}{batch}\nALTER TABLE a ADD b int"), "a");
            assert_eq!(columns(&found), ["id", "n", "b"], "{batch}");
        }
    }

    #[test]
    fn a_loop_that_can_be_told_is_followed() {
        for (batch, is) in [
            (
                "DECLARE @i int = 1\nWHILE @i < 4\nBEGIN\n  EXEC ('ALTER TABLE a ADD c' + CONCAT(@i, ' int'))\n  SET @i = @i + 1\nEND",
                &["id", "n", "c1", "c2", "c3"][..],
            ),
            (
                "DECLARE @i int = 1\nWHILE 1 = 1\nBEGIN\n  SET @i = @i + 1\n  IF @i = 3 CONTINUE\n  IF @i > 4 BREAK\n  DECLARE @s nvarchar(99) = CONCAT('ALTER TABLE a ADD c', @i, ' int')\n  EXEC (@s)\nEND\nALTER TABLE a ADD z int",
                &["id", "n", "c2", "c4", "z"],
            ),
            (
                "WHILE COL_LENGTH('a', 'b') IS NULL ALTER TABLE a ADD b int",
                &["id", "n", "b"],
            ),
            (
                "IF OBJECT_ID('a') IS NOT NULL GOTO done\nALTER TABLE a ADD b int\ndone:\nALTER TABLE a ADD z int",
                &["id", "n", "z"],
            ),
            (
                "IF @@ERROR <> 0 GOTO failed;\nALTER TABLE a ADD b int;\nGOTO done;\nfailed:\n  ROLLBACK TRANSACTION;\ndone:",
                &["id", "n", "b"],
            ),
        ] {
            let found = table(&format!("{START}{batch}"), "a");
            assert_eq!(columns(&found), is, "{batch}");
        }
    }

    #[test]
    fn what_depends_on_rows_is_refused() {
        for (batch, says) in [
            (
                "WHILE @@FETCH_STATUS = 0 DROP TABLE a",
                "this loop changes the schema, and how often",
            ),
            (
                "WHILE @@ROWCOUNT % 2 = 1\nBEGIN\n  ALTER TABLE a ADD b int\nEND",
                "this loop changes the schema, and how often",
            ),
            (
                "DECLARE @i int = 1\nWHILE @i > 0\nBEGIN\n  SET @i = @i + 1\n  EXEC sp_rename 'a', 'b'\n  EXEC sp_rename 'b', 'a'\nEND",
                "a loop of more than 1000 turns",
            ),
            (
                "again:\nALTER TABLE a ADD b int\nGOTO again",
                "where `GOTO again` leads",
            ),
            (
                "DECLARE @i int\nWHILE EXISTS (SELECT 1 FROM a)\n  SET @i = 1\nIF @i = 1 DROP TABLE a",
                "the value of `@i`",
            ),
        ] {
            let refused = replay(&format!("{START}{batch}")).expect_err(batch);
            assert!(refused.1.contains(says), "{batch}: {}", refused.1);
        }
    }
}
