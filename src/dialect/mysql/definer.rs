//! Who defined an object is a matter of the connection and no part of a state.

use std::ops::Range;

use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

/// The statement with blanks in place of the definer that it names, so that everything else stays where it is. `None` where
/// it names none.
pub(super) fn blank(text: &str) -> Option<String> {
    let Range { start, end } = clause(text)?;
    let blanks = " ".repeat(end - start);
    Some(format!("{}{blanks}{}", &text[..start], &text[end..]))
}

/// The statement without the definer that it names.
pub(super) fn strip(text: &str) -> String {
    clause(text).map_or_else(
        || text.to_owned(),
        |clause| {
            format!(
                "{}{}",
                &text[..clause.start],
                text[clause.end..].trim_start()
            )
        },
    )
}

/// Where the definer stands: `DEFINER=`root`@`localhost``.
fn clause(text: &str) -> Option<Range<usize>> {
    let head: Vec<Token<'_>> = tokens(text, &Rules::MYSQL)
        .take(24)
        .take_while(|token| {
            !token.is_any(&[
                "VIEW",
                "PROCEDURE",
                "FUNCTION",
                "TRIGGER",
                "EVENT",
                "PACKAGE",
                "AGGREGATE",
            ])
        })
        .collect();
    if !head.first()?.is_any(&["CREATE", "ALTER"]) {
        return None;
    }
    let at = head
        .windows(2)
        .position(|pair| pair[0].is("DEFINER") && pair[1].symbol("="))?;
    let rest = &head[at + 2..];
    let name = rest.first()?;
    let more = match rest.get(1).map(|token| token.text) {
        Some("@" | "(") => 2,
        Some(host) if host.starts_with('@') => 1,
        _ => 0,
    };
    let last = rest.get(more).filter(|_| name.kind != Kind::Symbol)?;
    Some(head[at].start..last.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definers_are_blanks() {
        for (text, definer) in [
            (
                "CREATE DEFINER=`root`@`localhost` TRIGGER t",
                "DEFINER=`root`@`localhost`",
            ),
            (
                "CREATE DEFINER = 'a'@'%' PROCEDURE p()",
                "DEFINER = 'a'@'%'",
            ),
            (
                "CREATE DEFINER=root@localhost FUNCTION f()",
                "DEFINER=root@localhost",
            ),
            ("CREATE DEFINER=root@'%' FUNCTION f()", "DEFINER=root@'%'"),
            (
                "CREATE DEFINER=`root`@localhost EVENT e",
                "DEFINER=`root`@localhost",
            ),
            (
                "CREATE ALGORITHM=UNDEFINED DEFINER=CURRENT_USER() SQL SECURITY DEFINER VIEW v AS SELECT 1",
                "DEFINER=CURRENT_USER()",
            ),
            (
                "/*!50003 CREATE*/ /*!50017 DEFINER=`ro``ot`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON a */",
                "DEFINER=`ro``ot`@`%`",
            ),
            (
                "CREATE OR REPLACE DEFINER = someone VIEW v",
                "DEFINER = someone",
            ),
        ] {
            let said = blank(text).unwrap_or_else(|| panic!("{text} stays"));
            assert_eq!(said, text.replacen(definer, &" ".repeat(definer.len()), 1));
        }
        for text in [
            "CREATE PROCEDURE p() SELECT 'DEFINER=x'",
            "CREATE VIEW v AS SELECT definer = 1 FROM t",
            "CREATE SQL SECURITY DEFINER VIEW v AS SELECT 1",
            "INSERT INTO t VALUES (1)",
            "CREATE DEFINER=",
        ] {
            assert_eq!(blank(text), None, "{text}");
        }
    }
}
