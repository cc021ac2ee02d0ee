//! Objects kept as text, such as views, on the way from one part of a directory to another: they are dropped before anything else
//! changes, and made after it in the words of the file that made them. The proof tells whether that leads there.

use super::proof::{Planner, Written};
use crate::dialect::text::{TextKind, parts};
use crate::migration::Dir;
use crate::schema::TextObject;
use crate::schema::change::TextChange;
use crate::sql::token::{Kind, Token, tokens};
use crate::sql::{Rules, ScanOptions, Statement};

/// Words of which the first one in a `CREATE` tells what it makes.
const WORDS: [&str; 10] = [
    "view",
    "function",
    "procedure",
    "trigger",
    "event",
    "rule",
    "policy",
    "table",
    "index",
    "type",
];

/// The statements.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) drops: Vec<String>,
    pub(super) makes: Vec<String>,
}

impl Texts {
    /// For these differences; `None` where one of them is of another kind, or no file has the words.
    pub(super) fn plan(
        planner: &Planner<'_>,
        found: &[TextChange],
        (from, to): (&Dir, &Dir),
    ) -> Option<Self> {
        let profile = planner.dialect.profile();
        if !found.is_empty() && planner.writing.qualifier.is_some() {
            return None;
        }
        let (from, to) = (
            statements(from, &profile.scan),
            statements(to, &profile.scan),
        );
        let rules = &profile.scan.rules;
        let kinds = planner.dialect.text_kinds();
        let kind = |object: &TextObject| kinds.iter().find(|kind| kind.kind == object.kind);
        let (mut drops, mut makes) = (Vec::new(), Vec::new());
        for change in found {
            let schema = change.schema.as_deref().filter(|_| !planner.scoped);
            if let Some(object) = change.edit.from() {
                let kind = kind(object)?;
                let made = made(&from, kind, object, rules);
                drops.push((made, kind.drop(schema, object, profile.quote)));
            }
            if let Some(object) = change.edit.to() {
                let made = made(&to, kind(object)?, object, rules)?;
                makes.push((made, to[made].text.clone()));
            }
        }
        // What was made last may need what was made before it.
        drops.sort_by_key(|(made, _)| std::cmp::Reverse(*made));
        makes.sort_by_key(|(made, _)| *made);
        let same = |pair: &[(usize, String)]| pair[0].0 == pair[1].0;
        (!makes.windows(2).any(same)).then(|| Self {
            drops: drops.into_iter().map(|(_, sql)| sql).collect(),
            makes: makes.into_iter().map(|(_, sql)| sql).collect(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.drops.is_empty() && self.makes.is_empty()
    }

    /// Writes them around a plan.
    pub(super) fn around(&self, written: &mut Written) {
        let lines = |all: &[String]| -> String {
            let ended = |sql: &String| match sql.ends_with(';') {
                true => format!("{sql}\n"),
                false => format!("{sql};\n"),
            };
            all.iter().map(ended).collect()
        };
        let text = &written.text;
        let header = match text.starts_with("-- atlas:") {
            true => text.find("\n\n").map_or(0, |at| at + 2),
            false => 0,
        };
        let (header, plan) = text.split_at(header);
        let plan = match plan {
            "" => String::new(),
            plan => format!("{}\n", plan.trim_end()),
        };
        written.text = format!("{header}{}{plan}{}", lines(&self.drops), lines(&self.makes));
    }
}

fn statements(dir: &Dir, scan: &ScanOptions) -> Vec<Statement> {
    let files = dir.replay_files(scan).iter();
    let scripts = files.filter_map(|file| file.statements(scan).ok());
    scripts.flat_map(|script| script.statements).collect()
}

/// The last statement that makes an object.
fn made(
    statements: &[Statement],
    kind: &TextKind,
    object: &TextObject,
    rules: &Rules,
) -> Option<usize> {
    let makes = |one: &Statement| {
        let code = |token: &Token<'_>| !matches!(token.kind, Kind::Space | Kind::Comment);
        let found: Vec<Token<'_>> = tokens(&one.text, rules).filter(code).collect();
        let word = found.iter().position(|token| token.is_any(&WORDS));
        let Some(at) = word.filter(|_| found[0].is("create")) else {
            return false;
        };
        let word = kind.word.rsplit(' ').next().unwrap_or_default();
        let of_table = |table: &String| {
            let mut places = (at..found.len()).filter(|at| found[*at].is("on"));
            places.any(|at| is_name(&found[at + 1..], table))
        };
        found[at].is(&word.to_lowercase())
            && is_name(&found[at + 1..], parts(&object.name).0)
            && object.table.as_ref().is_none_or(of_table)
    };
    statements.iter().rposition(makes)
}

/// Whether tokens begin with a name, a schema in front of it or not.
fn is_name(tokens: &[Token<'_>], name: &str) -> bool {
    let mut rest = tokens
        .iter()
        .skip_while(|token| token.is_any(&["if", "not", "exists"]));
    let mut last = rest.next();
    let mut rest = rest.peekable();
    while rest.next_if(|token| token.symbol(".")).is_some() {
        last = rest.next();
    }
    last.is_some_and(|token| token.unquoted().eq_ignore_ascii_case(name))
}
