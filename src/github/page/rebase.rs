//! Migrations of a pull request that went behind those of its base, as Markdown.

use std::fmt::Write as _;

use super::escape::{code, code_in_cell};
use super::{Page, Size};
use crate::migration::Move;
use crate::problem::Problem;
use crate::report::Report;
use crate::report::text::count;

impl Page<'_> {
    /// What moved; nothing where all is in order.
    pub(super) fn moved(&self, base: &str, moves: &[Move], merged: bool, size: Size) -> String {
        let base = code(&self.clean(base));
        let title = match (moves.len(), merged) {
            (0, false) => format!("✅ Migrations come after those of {base}"),
            (0, true) => format!("✅ The conflict with {base} in `atlas.sum` is settled"),
            (number, _) => format!(
                "✅ {} moved behind those of {base}",
                count(number, "migration")
            ),
        };
        let mut text = self.head(&title, &[]);
        let (shown, rest) = moves.split_at(moves.len().min(size.rows));
        if !shown.is_empty() {
            text.push_str("\n| was | is now |\n| --- | --- |\n");
        }
        for one in shown {
            let [from, to] = [&one.from, &one.to].map(|name| code_in_cell(&self.clean(name)));
            let _ = writeln!(text, "| {from} | {to} |");
        }
        if !rest.is_empty() {
            let _ = write!(text, "\n… and {} more\n", rest.len());
        }
        if !moves.is_empty() {
            text.push_str(
                "\nAll migrations were run in the new order on an empty database. A database of your own that has run them under \
                 their old names has to be told of the new ones.\n",
            );
        }
        text
    }

    /// What the models of both sides want, where they were asked.
    pub(super) fn planned(
        &self,
        anew: &[String],
        planned: &[(String, Report)],
        size: Size,
    ) -> String {
        let mut text = String::new();
        for name in anew {
            let name = code(&self.clean(name));
            let _ = write!(
                text,
                "\n{name} does not run behind them. It was what trueup plans from the models, without an edit, so that it was planned anew{}\n",
                match planned {
                    [] => ": nothing is left of it, since the base has all of it already.",
                    _ => ".",
                }
            );
        }
        for (name, report) in planned {
            let _ = write!(
                text,
                "\nThe models of both sides want {} more, and {} has it, run on what the migrations make:\n",
                count(report.found.changes.len(), "change"),
                code(&self.clean(name))
            );
            text.push_str(&self.table(&report.found.changes, size.rows));
            text.push_str(&self.sql("The migration", &report.found.sql, size));
            for warning in &report.found.warnings {
                text.push_str(&super::warning(warning, self.redactor));
            }
        }
        text
    }

    /// Why nothing moved.
    pub(super) fn held(&self, base: &str, problem: &Problem, size: Size) -> String {
        let base = code(&self.clean(base));
        let title = format!("❌ Migrations were not moved behind those of {base}");
        let mut text = self.head(&title, &[]);
        let _ = write!(text, "\nNothing was changed:\n\n");
        text.push_str(&self.told(problem, size));
        text
    }
}
