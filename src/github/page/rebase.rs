//! Migrations of a pull request that went behind those of its base, as Markdown.

use std::fmt::Write as _;

use super::escape::{code, code_in_cell};
use super::{Page, Size};
use crate::migration::Move;
use crate::problem::Problem;
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
