//! Objects that are kept as text: views with their indexes, routines, triggers, synonyms, types.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::ddl::of_type;
use crate::dialect::mssql::parse::{self, Mode, Path, Refusal};
use crate::dialect::mssql::text::{Definition, binds, calls, declares, gives, refers};
use crate::dialect::mssql::write::quote;
use crate::schema::{Index, ObjectName, TextObject};
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

use super::names::{mentions, same};
use super::store::Key;
use super::{DEFAULT_SCHEMA, State};

/// What the text of a type that is a table begins with.
const TABLE: &str = " AS TABLE";

/// What belongs to a table, on one that has another name or schema.
pub(super) fn on(object: TextObject, table: &ObjectName) -> TextObject {
    let definition = Definition::of(&object);
    let moved = TextObject {
        table: Some(table.name.clone()),
        ..object
    };
    match definition {
        Some(definition) => TextObject {
            definition: definition.text(&table.schema, &moved),
            ..moved
        },
        None => moved,
    }
}

/// The refusal of what would change something that another object refers to.
pub(super) fn held(verb: &str, name: &str, by: &str) -> Refusal {
    let message =
        format!("Cannot {verb} '{name}' because it is being referenced by object '{by}'.");
    Refusal::server("3729", message)
}

fn absent(name: &str) -> Refusal {
    Refusal::server("208", format!("Invalid object name '{name}'."))
}

impl State {
    /// Makes or changes an object that is kept as text.
    pub(super) fn text(
        &mut self,
        kind: &str,
        path: &Path,
        table: Option<&Path>,
        tail: &str,
        mode: Mode,
    ) -> Result<(), Refusal> {
        let schema = self.schema_of(path)?;
        let table = match table {
            Some(table) => Some(self.target(&schema, table)?),
            None => None,
        };
        let there = self.find_text(&schema, kind, &path.name).cloned();
        match (mode, &there) {
            (Mode::Create, _) if kind == "type" => self.free_type(&schema, &path.name)?,
            (Mode::Create, _) | (Mode::CreateOrAlter, None) => {
                self.free(&schema, &path.name, None)?;
            }
            (Mode::Alter, None) => return Err(absent(&path.name)),
            _ => {}
        }
        let mut object = TextObject {
            kind: kind.to_owned(),
            name: there
                .as_ref()
                .map_or_else(|| path.name.clone(), |there| there.name.clone()),
            table,
            definition: String::new(),
        };
        let tail = match tail.strip_prefix(TABLE).filter(|_| kind == "type") {
            Some(items) => &format!("{TABLE} {}", self.type_of_rows(&path.name, items)?),
            None => tail,
        };
        // The indexes of a view go when it changes.
        let definition = Definition {
            tail: tail.to_owned(),
            indexes: Vec::new(),
        };
        object.definition = definition.text(&schema, &object);
        if let Some(there) = &there {
            let name = ObjectName::new(&schema, &there.name);
            self.unused(&name, there, "ALTER")?;
            if gives(there) != gives(&object) {
                let message = format!(
                    "Cannot perform alter on '{}' because it is an incompatible object type.",
                    path.name
                );
                return Err(Refusal::server("2010", message));
            }
        }
        if kind == "view" && !self.given {
            self.reads(tail)?;
        }
        self.store.put_text(&schema, object);
        Ok(())
    }

    /// The name of the table or view that a trigger is on.
    fn target(&self, schema: &str, path: &Path) -> Result<String, Refusal> {
        let path = Path {
            schema: path.schema.clone().or_else(|| Some(schema.to_owned())),
            ..path.clone()
        };
        match self.table(&path) {
            Ok((name, _)) => Ok(name.name),
            Err(refusal) => match self.view_of(&path) {
                Some(view) => Ok(view.name),
                None if self.given => Ok(path.name),
                None => Err(refusal),
            },
        }
    }

    /// What a type that is a table holds, in one form.
    fn type_of_rows(&self, name: &str, items: &str) -> Result<String, Refusal> {
        let path = Path {
            database: None,
            schema: None,
            name: format!("{name}{}", super::MARK),
        };
        let mut state = self.clone();
        for node in parse::batch(&format!("CREATE TABLE {}{items}", quote(&path.name)))? {
            state.one(&node.stmt)?;
        }
        let (_, mut table) = state.table(&path)?;
        super::names::forget_names(&mut table);
        Ok(of_type(&table))
    }

    pub(super) fn free_type(&self, schema: &str, name: &str) -> Result<(), Refusal> {
        match self.alias(Some(schema), name) {
            Ok(_) => Err(Refusal::server(
                "219",
                format!(
                    "The type '{schema}.{name}' already exists, or you do not have permission to create it."
                ),
            )),
            Err(_) => Ok(()),
        }
    }

    /// Drops one; whether it was there.
    pub(super) fn drop_text(&mut self, kind: &str, path: &Path) -> Result<bool, Refusal> {
        let schema = self.schema_of(path)?;
        let Some(gone) = self.find_text(&schema, kind, &path.name).cloned() else {
            return Ok(false);
        };
        let name = ObjectName::new(&schema, &gone.name);
        let verb = format!("DROP {}", kind.to_uppercase());
        self.unused(&name, &gone, &verb)?;
        if kind == "view" {
            self.store.take_triggers(&schema, &gone.name);
        }
        Ok(self.store.drop_text(kind, &Key::of(&name)))
    }

    fn find_text(&self, schema: &str, kind: &str, name: &str) -> Option<&TextObject> {
        self.store.text(kind, &Key::new(schema, name))
    }

    /// The view of that name.
    pub(super) fn view_of(&self, path: &Path) -> Option<ObjectName> {
        let schema = path.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
        let view = self.find_text(schema, "view", &path.name)?;
        Some(ObjectName::new(&self.store.space(schema)?.name, &view.name))
    }

    /// What is bound to an object.
    fn bound(&self, to: &ObjectName) -> impl Iterator<Item = &TextObject> {
        let texts = self.store.texts();
        texts
            .filter(|(space, one)| {
                (&space.name, &one.name) != (&to.schema, &to.name)
                    && binds(one)
                    && refers(&one.definition, to)
            })
            .map(|(_, one)| one)
    }

    /// Refuses what something bound to an object is in the way of.
    pub(super) fn unbound(
        &self,
        name: &ObjectName,
        refusal: impl Fn(&str) -> Refusal,
    ) -> Result<(), Refusal> {
        match self.bound(name).next() {
            Some(by) => Err(refusal(&by.name)),
            None => Ok(()),
        }
    }

    /// Objects that are bound to a column.
    pub(super) fn readers(&self, table: &ObjectName, column: &str) -> Vec<String> {
        let all = self.bound(table);
        all.filter(|one| mentions(&one.definition, column))
            .map(|one| format!("object '{}'", one.name))
            .collect()
    }

    /// A routine whose variables or parameters have a type, or a type whose columns have it.
    pub(super) fn declaring(&self, ty: &ObjectName) -> Option<String> {
        let bound = self.bound(ty).next().map(|one| one.name.clone());
        bound.or_else(|| {
            let mut all = self.store.texts();
            all.find(|(_, one)| declares(one, ty))
                .map(|(_, one)| one.name.clone())
        })
    }

    /// Refuses to change or drop what others refer to: views and functions by those that are bound to them, a function by the
    /// checks, defaults and columns that call it, a type by columns and parameters.
    fn unused(&self, name: &ObjectName, object: &TextObject, verb: &str) -> Result<(), Refusal> {
        let full = format!("{}.{}", name.schema, name.name);
        match &*object.kind {
            "view" | "function" => self.unbound(name, |by| held(verb, &full, by))?,
            "type" => {
                let used = |by: &str| {
                    let message = format!(
                        "Cannot drop type '{full}' because it is being referenced by object '{by}'. There may be other objects that reference this type."
                    );
                    Refusal::server("3732", message)
                };
                if let Some(by) = self.declaring(name) {
                    return Err(used(&by));
                }
                let mut users = self.store.tables().filter(|table| {
                    let mut columns = table.columns.iter();
                    columns.any(|column| column.ty.user.as_ref() == Some(name))
                });
                if let Some(table) = users.next() {
                    return Err(used(&table.name));
                }
            }
            _ => {}
        }
        if object.kind != "function" {
            return Ok(());
        }
        let by = self.store.tables().find_map(|own| {
            let named = |name: Option<&str>| name.unwrap_or(&own.name).replace(super::MARK, "");
            let checks = own.checks.iter();
            let mut checks = checks.filter(|check| calls(&check.expr, name));
            let called = |expr: Option<&str>| expr.is_some_and(|expr| calls(expr, name));
            let check = checks.next().map(|check| named(check.name.as_deref()));
            check.or_else(|| {
                own.columns.iter().find_map(|column| {
                    let rule = column.generated.as_ref().map(|rule| rule.expr.as_str());
                    let default = column.attrs.get(attrs::DEFAULT_NAME);
                    match called(column.default.as_deref()) {
                        true => Some(named(default.map(String::as_str))),
                        false => called(rule).then(|| own.name.clone()),
                    }
                })
            })
        });
        by.map_or(Ok(()), |by| Err(held(verb, &full, &by)))
    }

    /// What a view reads has to be there when it is made.
    fn reads(&self, query: &str) -> Result<(), Refusal> {
        let all: Vec<Token<'_>> = tokens(query, &Rules::MSSQL).collect();
        let named = |at: usize| {
            let token = all.get(at)?;
            let is = matches!(token.kind, Kind::Word | Kind::Name);
            is.then(|| token.name())?.map(std::borrow::Cow::into_owned)
        };
        // `WITH name AS (`, `, name (columns) AS (`: a name that the query itself makes.
        let own = |name: &str| {
            all.windows(3).any(|three| {
                let is = three[1].name().is_some_and(|own| same(&own, name));
                let starts = three[0].is("WITH") || three[0].symbol(",");
                is && starts && (three[2].is("AS") || three[2].symbol("("))
            })
        };
        for at in 0..all.len() {
            // `IS DISTINCT FROM`, `TRIM('x' FROM name)` name no table.
            let last = at.checked_sub(1).map(|at| &all[at]);
            let opens = at.checked_sub(3).is_some_and(|at| all[at].is("TRIM"))
                || at.checked_sub(4).is_some_and(|at| all[at].is("TRIM"));
            let part = last.is_some_and(|last| last.is("DISTINCT") || last.symbol(".")) || opens;
            if part || !all[at].is_any(&["FROM", "JOIN"]) {
                continue;
            }
            let mut parts = Vec::new();
            let mut next = at + 1;
            while let Some(part) = named(next) {
                parts.push(part);
                next += 1;
                match all.get(next) {
                    Some(dot) if dot.symbol(".") => next += 1,
                    _ => break,
                }
            }
            let called = all.get(next).is_some_and(|token| token.symbol("("));
            let hints = called && all.get(next + 1).is_some_and(|token| token.is("NOLOCK"));
            let Some(name) = parts.pop().filter(|_| !called || hints) else {
                continue;
            };
            let path = Path {
                name,
                schema: parts.pop(),
                database: parts.pop(),
            };
            let systems = ["sys", "INFORMATION_SCHEMA"];
            let system = path.schema.as_deref();
            let system = system.is_some_and(|one| systems.iter().any(|system| same(one, system)));
            let made = path.schema.is_none() && own(&path.name);
            if !system && !made && parts.is_empty() {
                self.resolve_rows(&path)?;
            }
        }
        Ok(())
    }

    /// Makes an index on a view: the first one keeps its rows.
    pub(super) fn index_view(
        &mut self,
        view: &ObjectName,
        index: &Index,
        replaces: bool,
    ) -> Result<(), Refusal> {
        self.change_view(view, |bound, indexes| {
            if !bound {
                let message = format!(
                    "Cannot create index on view '{}' because the view is not schema bound.",
                    view.name
                );
                return Err(Refusal::server("1939", message));
            }
            if replaces {
                indexes.retain(|other| !same(&other.name, &index.name));
            }
            let clustered = index.attrs.contains_key(attrs::CLUSTERING);
            if indexes.is_empty() && !(clustered && index.unique) {
                let message = format!(
                    "Cannot create index on view '{}'. It does not have a unique clustered index.",
                    view.name
                );
                return Err(Refusal::server("1940", message));
            }
            if indexes.iter().any(|other| same(&other.name, &index.name)) {
                let message = format!(
                    "The operation failed because an index or statistics with name '{}' already exists on view '{}'.",
                    index.name, view.name
                );
                return Err(Refusal::server("1913", message));
            }
            indexes.push(index.clone());
            if let [_, others @ ..] = &mut indexes[..] {
                others.sort_by(|a, b| a.name.cmp(&b.name));
            }
            Ok(())
        })
    }

    /// Drops an index of a view; with the one that keeps its rows, all.
    pub(super) fn drop_view_index(
        &mut self,
        view: &ObjectName,
        index: &str,
        if_exists: bool,
    ) -> Result<(), Refusal> {
        self.change_view(view, |_, indexes| {
            match indexes.iter().position(|other| same(&other.name, index)) {
                Some(0) => indexes.clear(),
                Some(at) => _ = indexes.remove(at),
                None if if_exists => {}
                None => {
                    let message = format!(
                        "Cannot drop the index '{}.{index}', because it does not exist or you do not have permission.",
                        view.name
                    );
                    return Err(Refusal::server("3701", message));
                }
            }
            Ok(())
        })
    }

    fn change_view(
        &mut self,
        view: &ObjectName,
        change: impl FnOnce(bool, &mut Vec<Index>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let found = self.find_text(&view.schema, "view", &view.name).cloned();
        let mut object = found.ok_or_else(|| absent(&view.name))?;
        let mut definition = Definition::of(&object).ok_or_else(|| absent(&view.name))?;
        change(binds(&object), &mut definition.indexes)?;
        object.definition = definition.text(&view.schema, &object);
        self.store.put_text(&view.schema, object);
        Ok(())
    }
}
