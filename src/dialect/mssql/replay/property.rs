//! Procedures of the server that change a schema: comments and names. Others are refused, but for those that don't.

use crate::dialect::mssql::parse::{Expr, Path, Refusal};
use crate::schema::ObjectName;

use super::State;
use super::names::same;

/// The property that tools show as a comment.
const COMMENT: &str = "MS_Description";

/// Procedures that change rights and settings.
const NO_SCHEMA: &[&str] = &[
    "sp_addrolemember",
    "sp_droprolemember",
    "sp_configure",
    "sp_recompile",
    "sp_refreshview",
    "sp_refreshsqlmodule",
    "sp_settriggerorder",
    "sp_updatestats",
    "sp_tableoption",
    "sp_getapplock",
    "sp_releaseapplock",
];

/// What a procedure is called with: its parameters in order.
struct Call {
    values: Vec<Option<String>>,
}

impl Call {
    fn value(&self, at: usize) -> Option<&str> {
        self.values.get(at)?.as_deref()
    }

    fn needed(&self, at: usize, what: &str) -> Result<&str, Refusal> {
        self.value(at)
            .ok_or_else(|| Refusal::at(0, format!("the procedure lacks {what}")))
    }
}

impl State {
    pub(super) fn call(
        &mut self,
        procedure: &Path,
        arguments: &[(Option<String>, Expr)],
    ) -> Result<(), Refusal> {
        let name = procedure.name.to_lowercase();
        match name.as_str() {
            "sp_rename" => {
                let call = self.arguments(arguments, &["@objname", "@newname", "@objtype"])?;
                let (object, to) = (call.needed(0, "object")?, call.needed(1, "new name")?);
                self.rename(object, to, call.value(2).unwrap_or("OBJECT"))
            }
            "sp_addextendedproperty" | "sp_updateextendedproperty" => self.comment(arguments, true),
            "sp_dropextendedproperty" => self.comment(arguments, false),
            name if NO_SCHEMA.contains(&name) => Ok(()),
            name => Err(Refusal::at(
                0,
                format!("what the procedure `{name}` does can't be followed without a server"),
            )
            .hint("write what it does to the schema as statements of its own")),
        }
    }

    fn arguments(&self, given: &[(Option<String>, Expr)], names: &[&str]) -> Result<Call, Refusal> {
        let mut values = vec![None; names.len()];
        for (at, (name, value)) in given.iter().enumerate() {
            let place = match name {
                Some(name) => names.iter().position(|known| known == name),
                None => Some(at),
            };
            let slot = place.and_then(|place| values.get_mut(place));
            let slot = slot.ok_or_else(|| Refusal::at(0, "the procedure has no such argument"))?;
            *slot = match value {
                Expr::Null => None,
                value => Some(self.string(value)?),
            };
        }
        Ok(Call { values })
    }

    /// Sets a comment, or takes it away.
    fn comment(&mut self, given: &[(Option<String>, Expr)], set: bool) -> Result<(), Refusal> {
        const LEVELS: &[&str] = &[
            "@level0type",
            "@level0name",
            "@level1type",
            "@level1name",
            "@level2type",
            "@level2name",
        ];
        let names = match set {
            true => [&["@name", "@value"], LEVELS].concat(),
            false => [&["@name"], LEVELS].concat(),
        };
        let call = self.arguments(given, &names)?;
        if call.value(0) != Some(COMMENT) {
            return Ok(());
        }
        let text = match set {
            true => call.value(1).map(str::to_owned),
            false => None,
        };
        let at = names.len() - LEVELS.len();
        let level = |level: usize| {
            let kind = call.value(at + 2 * level)?.to_uppercase();
            Some((kind, call.value(at + 2 * level + 1)?.to_owned()))
        };
        let Some((kind, schema)) = level(0) else {
            return Ok(());
        };
        if kind != "SCHEMA" && kind != "USER" {
            return Ok(());
        }
        let Some((kind, object)) = level(1) else {
            let path = Path {
                database: None,
                schema: Some(schema),
                name: String::new(),
            };
            let schema = self.schema_of(&path)?;
            let space = self.store.space_mut(&schema);
            space
                .into_iter()
                .for_each(|space| space.comment.clone_from(&text));
            return Ok(());
        };
        let path = Path {
            database: None,
            schema: Some(schema),
            name: object,
        };
        match kind.as_str() {
            "TABLE" => self.comment_in(&path, level(2), text),
            "SEQUENCE" => {
                self.schema_of(&path)?;
                let found = self.store.sequence_mut(&Self::key(&path));
                found
                    .map(|one| one.comment = text)
                    .ok_or_else(|| invalid(&path.name))
            }
            // Of what is kept as text, comments are not.
            _ => Ok(()),
        }
    }

    /// On a table, or on a part of it.
    fn comment_in(
        &mut self,
        path: &Path,
        part: Option<(String, String)>,
        text: Option<String>,
    ) -> Result<(), Refusal> {
        let (name, mut table): (ObjectName, _) = self.table(path)?;
        let named = |own: &Option<String>, wanted: &str| {
            own.as_deref().is_some_and(|own| same(own, wanted))
        };
        let slot = match &part {
            None => Some(&mut table.comment),
            Some((kind, wanted)) => match kind.as_str() {
                "COLUMN" => table
                    .columns
                    .iter_mut()
                    .find(|one| same(&one.name, wanted))
                    .map(|one| &mut one.comment),
                "INDEX" => table
                    .indexes
                    .iter_mut()
                    .find(|one| same(&one.name, wanted))
                    .map(|one| &mut one.comment),
                "CONSTRAINT" => {
                    let key = table
                        .primary_key
                        .iter_mut()
                        .map(|one| (&one.name, &mut one.comment));
                    let uniques = table
                        .uniques
                        .iter_mut()
                        .map(|one| (&one.name, &mut one.comment));
                    let keys = table
                        .foreign_keys
                        .iter_mut()
                        .map(|one| (&one.name, &mut one.comment));
                    let checks = table
                        .checks
                        .iter_mut()
                        .map(|one| (&one.name, &mut one.comment));
                    let mut all = key.chain(uniques).chain(keys).chain(checks);
                    all.find(|(name, _)| named(name, wanted))
                        .map(|(_, comment)| comment)
                }
                _ => return Ok(()),
            },
        };
        match slot {
            Some(slot) => *slot = text,
            None => return Err(invalid(&part.map(|(_, name)| name).unwrap_or_default())),
        }
        self.store.put(&name.schema, table);
        Ok(())
    }
}

fn invalid(name: &str) -> Refusal {
    let message = format!(
        "Object is invalid. Extended properties are not permitted on '{name}', or the object does not exist."
    );
    Refusal::server("15135", message)
}
