//! `ALTER TABLE` as SQLite does it: definitions are edited as texts (<https://www.sqlite.org/lang_altertable.html>).

use super::rename::{self, quoted, replaced};
use super::{State, check, key, misread, refused, unfollowed};
use crate::dialect::sqlite::inspect::{self, Object};
use crate::dialect::sqlite::parse::{self, Alter, Name, TableDef, lex};
use crate::engine::ExecError;
use crate::sql::token::Token;

fn sql(object: &Object) -> &str {
    object.sql.as_deref().unwrap_or_default()
}

impl State {
    pub(super) fn alter(
        &mut self,
        text: &str,
        name: &Name,
        change: &Alter,
    ) -> Result<(), ExecError> {
        if self.is_temporary(name)? {
            return Err(unfollowed(
                name.start,
                "a change of a temporary table can't be followed offline",
            ));
        }
        let table = match self.table(name) {
            Err(error) if self.object("view", &name.name).is_some() => {
                return Err(refused(
                    name.start,
                    error
                        .message
                        .replace("is a view", "is a view, which may not be altered"),
                ));
            }
            found => found?.clone(),
        };
        if table.kind != "table" && !matches!(change, Alter::RenameTable(_)) {
            return Err(refused(name.start, "virtual tables may not be altered"));
        }
        match change {
            Alter::RenameTable(to) => self.rename_table(name, &table, to),
            Alter::RenameColumn(from, to, written) => {
                self.rename_column(name, &table, from, to, written)
            }
            Alter::AddColumn(start) => self.add_column(&table, text, *start),
            Alter::DropColumn(column) => self.drop_column(name, &table, column),
        }
    }

    /// Everything else, in a copy.
    fn others(&self, table: &Object) -> Vec<Object> {
        let own = key("table", &table.name);
        let all = self.objects.iter().filter(|(key, _)| **key != own);
        all.map(|(_, object)| object.clone()).collect()
    }

    /// SQLite reads all views and triggers when something is renamed or dropped, and takes no broken ones.
    fn resolve(&self, when: &str, start: usize) -> Result<(), ExecError> {
        if self.settings.legacy {
            return Ok(());
        }
        for object in self.objects.values() {
            if !["view", "trigger"].contains(&&*object.kind) {
                continue;
            }
            let known = |name: &str| {
                name.to_lowercase().starts_with("sqlite_")
                    || name.to_lowercase().starts_with("pragma_")
                    || self
                        .object("table", name)
                        .is_some_and(|one| one.kind != "index")
            };
            if let Some(name) = rename::dangling(sql(object), known) {
                let message = format!(
                    "error in {} {}{when}: no such table: main.{name}",
                    object.kind, object.name
                );
                return Err(refused(start, message));
            }
        }
        Ok(())
    }

    fn rename_table(&mut self, name: &Name, table: &Object, to: &str) -> Result<(), ExecError> {
        if self.object("table", to).is_some() {
            let message = format!("there is already another table or index with this name: {to}");
            return Err(refused(name.start, message));
        }
        if to.to_lowercase().starts_with("sqlite_") {
            let message = format!("object name reserved for internal use: {to}");
            return Err(refused(name.start, message));
        }
        self.resolve("", name.start)?;
        let (legacy, new) = (self.settings.legacy, quoted(to));
        for object in self.others(table) {
            let tokens = lex::tokens(sql(&object));
            let on = object.table == table.name && object.kind != "table";
            let mut found = match object.kind.as_str() {
                "table" if legacy && self.settings.unenforced => Vec::new(),
                "table" => rename::of_references(&tokens, &table.name, None),
                // The table that an index or a trigger is on stands behind the first ON.
                _ if legacy || object.kind == "index" => Vec::new(),
                kind => rename::of_table(&tokens, &table.name).ok_or_else(|| {
                    let message = format!(
                        "what `{}` means in {kind} `{}` can't be known offline",
                        table.name, object.name
                    );
                    unfollowed(name.start, message)
                })?,
            };
            if on && (legacy || object.kind == "index") {
                let own = tokens
                    .windows(2)
                    .find(|pair| pair[0].is("ON") && rename::is(&pair[1], &table.name));
                found.extend(own.map(|pair| &pair[1]));
            }
            let text = replaced(sql(&object), &found, &new);
            let table = match on {
                true => to.to_owned(),
                false => object.table.clone(),
            };
            self.put(Object {
                table,
                sql: Some(text),
                ..object
            });
        }
        let tokens = lex::tokens(sql(table));
        let mut found = named(&tokens, &table.name);
        if !legacy || !self.settings.unenforced {
            found.extend(rename::of_references(&tokens, &table.name, None));
        }
        if !legacy {
            let qualifiers = tokens
                .windows(2)
                .filter(|pair| pair[1].symbol(".") && rename::is(&pair[0], &table.name));
            found.extend(qualifiers.map(|pair| &pair[0]));
        }
        found.sort_by_key(|token| token.start);
        found.dedup_by_key(|token| token.start);
        let text = replaced(sql(table), &found, &new);
        self.objects.remove_mut(&key("table", &table.name));
        self.put(Object {
            kind: table.kind.clone(),
            name: to.to_owned(),
            table: to.to_owned(),
            sql: Some(text),
        });
        Ok(())
    }

    fn rename_column(
        &mut self,
        name: &Name,
        table: &Object,
        from: &str,
        to: &str,
        written: &str,
    ) -> Result<(), ExecError> {
        let def = definition(sql(table))?;
        let Some(column) = def
            .columns
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(from))
        else {
            return Err(refused(name.start, format!("no such column: \"{from}\"")));
        };
        let column = column.name.clone();
        self.resolve("", name.start)?;
        self.untouched(table, &column, name.start)?;
        // A name keeps its quotes, and gets some where the new one was written with them.
        let edit = |text: &str, found: &[&Token<'_>]| {
            let mut done = text.to_owned();
            for token in found.iter().rev() {
                let bare = written == to
                    && token
                        .text
                        .starts_with(|c: char| c.is_alphanumeric() || c == '_');
                let new = if bare { to.to_owned() } else { quoted(to) };
                done.replace_range(token.start..token.end(), &new);
            }
            done
        };
        let tokens = lex::tokens(sql(table));
        let mut found = rename::of_column(&tokens, &table.name, &column);
        found.sort_by_key(|token| token.start);
        let text = edit(sql(table), &found);
        check::table(&definition(&text)?).map_err(|error| {
            let message = format!("error in table {} after rename: {error}", table.name);
            refused(name.start, message)
        })?;
        self.put(Object {
            sql: Some(text),
            ..table.clone()
        });
        for object in self.others(table) {
            let tokens = lex::tokens(sql(&object));
            let found = match object.kind.as_str() {
                "table" => rename::of_references(&tokens, &table.name, Some(&column)),
                "index" if object.table == table.name => {
                    let start = tokens
                        .iter()
                        .position(|token| token.symbol("("))
                        .unwrap_or_default();
                    rename::in_expression(&tokens[start..], &column).collect()
                }
                _ => continue,
            };
            let text = edit(sql(&object), &found);
            self.put(Object {
                sql: Some(text),
                ..object
            });
        }
        Ok(())
    }

    /// Refuses a change of a column that views or triggers may read: which one they mean, only SQLite knows.
    fn untouched(&self, table: &Object, column: &str, start: usize) -> Result<(), ExecError> {
        let programs = || {
            let all = self.objects.values();
            all.filter(|object| ["view", "trigger"].contains(&&*object.kind))
        };
        let reads = |object: &Object| {
            let views = || programs().filter(|other| other.kind == "view");
            object.table == table.name
                || lex::mentions(sql(object), &table.name)
                || views()
                    .any(|view| view.name != object.name && lex::mentions(sql(object), &view.name))
        };
        let mut all = programs();
        match all.find(|object| lex::mentions(sql(object), column) && reads(object)) {
            None => Ok(()),
            Some(object) => Err(unfollowed(
                start,
                format!(
                    "whether {} `{}` reads `{column}` of `{}` can't be known offline",
                    object.kind, object.name, table.name
                ),
            )),
        }
    }

    fn add_column(&mut self, table: &Object, text: &str, start: usize) -> Result<(), ExecError> {
        let before = definition(sql(table))?;
        let added = text.get(start..parse::end(text)).unwrap_or_default();
        let mut new = sql(table).to_owned();
        new.insert_str(before.columns_end, &format!(", {added}"));
        let failed = |message: &str| refused(start, message.to_owned());
        let after = parse::create_table(&new)
            .map_err(|error| failed(&format!("this is no column: {error}")))?;
        if after.columns.len() != before.columns.len() + 1 {
            return Err(failed("this is more than a column"));
        }
        if after.primary_key.is_some() != before.primary_key.is_some() {
            return Err(failed("Cannot add a PRIMARY KEY column"));
        }
        if after.uniques.len() != before.uniques.len() {
            return Err(failed("Cannot add a UNIQUE column"));
        }
        check::table(&after).map_err(|error| failed(&error))?;
        self.put(Object {
            sql: Some(new),
            ..table.clone()
        });
        Ok(())
    }

    fn drop_column(&mut self, name: &Name, table: &Object, column: &str) -> Result<(), ExecError> {
        let failed = |message: String| refused(name.start, message);
        let def = definition(sql(table))?;
        let mut columns = def.columns.iter();
        let at = columns.position(|one| one.name.eq_ignore_ascii_case(column));
        let Some(at) = at else {
            return Err(failed(format!("no such column: \"{column}\"")));
        };
        let has = |parts: &[parse::PartDef]| {
            let mut names = parts.iter().filter_map(|part| part.name.as_deref());
            names.any(|name| name.eq_ignore_ascii_case(column))
        };
        if def.primary_key.as_ref().is_some_and(|key| has(&key.parts)) {
            return Err(failed(format!(
                "cannot drop PRIMARY KEY column: \"{column}\""
            )));
        }
        if def.uniques.iter().any(|unique| has(&unique.parts)) {
            return Err(failed(format!("cannot drop UNIQUE column: \"{column}\"")));
        }
        if def.columns.len() == 1 {
            return Err(failed(format!(
                "cannot drop column \"{column}\": no other columns exist"
            )));
        }
        self.resolve("", name.start)?;
        self.untouched(table, &def.columns[at].name, name.start)?;
        let text = sql(table);
        let range = match def.columns.get(at + 1) {
            Some(next) => def.columns[at].start..next.start,
            None => {
                let before = text[..def.columns[at].start].rfind(',');
                before.unwrap_or(def.columns[at].start)..def.columns_end
            }
        };
        let mut new = text.to_owned();
        new.replace_range(range, "");
        let broken = |kind: &str, name: &str, error: &str| {
            failed(format!("error in {kind} {name} after drop column: {error}"))
        };
        let after = definition(&new)?;
        check::table(&after).map_err(|error| broken("table", &table.name, &error))?;
        self.put(Object {
            sql: Some(new),
            ..table.clone()
        });
        let left = inspect::table(&Object {
            sql: self
                .object("table", &table.name)
                .and_then(|one| one.sql.clone()),
            ..table.clone()
        });
        let left = left.map_err(super::of_engine)?.columns;
        for index in self.objects.values() {
            if index.kind == "index" && index.table == table.name {
                let def = parse::create_index(sql(index)).map_err(|error| misread(&error))?;
                check::index(&def, &left).map_err(|error| broken("index", &index.name, &error))?;
            }
        }
        Ok(())
    }
}

fn definition(text: &str) -> Result<TableDef, ExecError> {
    parse::create_table(text).map_err(|error| misread(&error))
}

/// The name in `CREATE TABLE`.
fn named<'t, 'a>(tokens: &'t [Token<'a>], name: &str) -> Vec<&'t Token<'a>> {
    let own = tokens.iter().position(|token| token.is("TABLE"));
    let own = own.and_then(|at| tokens.get(at + 1));
    own.filter(|token| rename::is(token, name))
        .into_iter()
        .collect()
}
