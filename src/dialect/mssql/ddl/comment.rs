//! Comments: the property `MS_Description`, which tools show.

use crate::plan::Step;
use crate::schema::{Column, Table};

use super::writer::{Writer, literal, named};

/// What a comment is on.
pub(super) struct Target<'a> {
    schema: &'a str,
    /// Kind and name in the schema, and in that.
    levels: Vec<(&'static str, &'a str)>,
}

impl<'a> Target<'a> {
    pub(super) fn schema(schema: &'a str) -> Self {
        Self {
            schema,
            levels: Vec::new(),
        }
    }

    pub(super) fn table(schema: &'a str, table: &'a str) -> Self {
        Self {
            schema,
            levels: vec![("TABLE", table)],
        }
    }

    pub(super) fn sequence(schema: &'a str, sequence: &'a str) -> Self {
        Self {
            schema,
            levels: vec![("SEQUENCE", sequence)],
        }
    }

    /// `COLUMN`, `INDEX` or `CONSTRAINT` of a table.
    pub(super) fn part(schema: &'a str, table: &'a str, kind: &'static str, name: &'a str) -> Self {
        Self {
            schema,
            levels: vec![("TABLE", table), (kind, name)],
        }
    }

    fn arguments(&self, writer: &Writer<'_>) -> String {
        // A schema is needed here, also where names go without.
        let schema = writer.prefix(self.schema).unwrap_or(self.schema);
        let mut text = format!("@level0type = N'SCHEMA', @level0name = {}", literal(schema));
        for (at, (kind, name)) in self.levels.iter().enumerate() {
            let level = at + 1;
            text.push_str(&format!(
                ", @level{level}type = N'{kind}', @level{level}name = {}",
                literal(name)
            ));
        }
        text
    }

    fn shown(&self) -> String {
        match &self.levels[..] {
            [] => format!("schema: {}", named(self.schema)),
            [(kind, name)] => format!("{}: {}", kind.to_lowercase(), named(name)),
            [(_, table), .., (kind, name)] => format!(
                "{}: {} on table: {}",
                kind.to_lowercase(),
                named(name),
                named(table)
            ),
        }
    }
}

/// The step that sets a comment, changes it or takes it away.
pub(super) fn step(
    writer: &Writer<'_>,
    target: &Target<'_>,
    from: Option<&str>,
    to: Option<&str>,
) -> Option<Step> {
    let arguments = target.arguments(writer);
    let call = |verb: &str, text: &str| {
        format!(
            "EXEC sp_{verb}extendedproperty @name = N'MS_Description', @value = {}, {arguments}",
            literal(text)
        )
    };
    let sql = match (from, to) {
        (None, Some(text)) => call("add", text),
        (Some(_), Some(text)) => call("update", text),
        (_, None) => {
            format!("EXEC sp_dropextendedproperty @name = N'MS_Description', {arguments}")
        }
    };
    (from != to).then(|| Step::new(sql, format!("set comment to {}", target.shown())))
}

/// The comment of a column.
pub(super) fn column(
    writer: &Writer<'_>,
    (schema, table): (&str, &str),
    column: &Column,
    from: Option<&str>,
) -> Option<Step> {
    let target = Target::part(schema, table, "COLUMN", &column.name);
    step(writer, &target, from, column.comment.as_deref())
}

/// All comments of a new table.
pub(super) fn all(writer: &Writer<'_>, schema: &str, table: &Table) -> Vec<Step> {
    let on = |kind, name: Option<&str>, comment: &Option<String>| {
        let target = Target::part(schema, &table.name, kind, name?);
        step(writer, &target, None, comment.as_deref())
    };
    let mut steps: Vec<Step> = Vec::new();
    steps.extend(step(
        writer,
        &Target::table(schema, &table.name),
        None,
        table.comment.as_deref(),
    ));
    steps.extend(
        table
            .columns
            .iter()
            .filter_map(|one| column(writer, (schema, &table.name), one, None)),
    );
    steps.extend(
        table
            .indexes
            .iter()
            .filter_map(|one| on("INDEX", Some(&one.name), &one.comment)),
    );
    steps.extend(
        table
            .primary_key
            .iter()
            .filter_map(|one| on("CONSTRAINT", one.name.as_deref(), &one.comment)),
    );
    steps.extend(
        table
            .uniques
            .iter()
            .filter_map(|one| on("CONSTRAINT", one.name.as_deref(), &one.comment)),
    );
    steps.extend(
        table
            .foreign_keys
            .iter()
            .filter_map(|one| on("CONSTRAINT", one.name.as_deref(), &one.comment)),
    );
    steps.extend(
        table
            .checks
            .iter()
            .filter_map(|one| on("CONSTRAINT", one.name.as_deref(), &one.comment)),
    );
    steps
}
