//! Values of expressions on the state, with the server's three-valued logic. What needs rows or a clock is refused.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::dialect::mssql::parse::{Expr, Op, Path, Query, Refusal, Relation};
use crate::schema::Column;

use super::catalog::{Row, Wanted, keys_of};
use super::names::same;
use super::rename::parts;
use super::value::Value;
use super::{State, known};

/// Relations in whose rows a name is looked for: aliases with a row of each, the innermost last.
type Scope<'a> = [(String, &'a Row)];

fn unknown(what: &str) -> Refusal {
    Refusal::at(0, format!("{what} can't be known without a server"))
        .hint("offline, trueup follows conditions on what the schema has")
}

impl State {
    /// Whether a condition holds.
    pub(super) fn holds(&self, condition: &Expr) -> Result<bool, Refusal> {
        Ok(self.truth(condition, &[])? == Some(true))
    }

    /// A string.
    pub(super) fn string(&self, expr: &Expr) -> Result<String, Refusal> {
        match self.evaluate(expr, &[])? {
            Value::Text(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            // As the server has it: nothing is run, and nothing named.
            Value::Null => Ok(String::new()),
            Value::Truth(_) => Err(unknown("a condition as a value")),
            Value::Something => Err(unknown("this value")),
        }
    }

    /// Gives variables the values of a query, one row after the other. What depends on an order that nobody asked for, or
    /// on more than the schema, gives them values that are not known.
    pub(super) fn assign(&mut self, query: &Query) -> Result<(), Refusal> {
        let place = |refusal: Refusal| Refusal {
            offset: query.offset,
            ..refusal
        };
        let given = query.output.iter();
        let given: Vec<(&String, &Expr)> = given
            .filter_map(|(variable, expr)| Some((variable.as_ref()?, expr)))
            .collect();
        let many = given.iter().any(|(_, expr)| is_aggregate(expr));
        let rows = known(self.rows(query, &[])).map_err(place)?;
        let Some(rows) = rows.filter(|_| !many) else {
            let names = given.iter().map(|(name, _)| ((*name).clone(), None));
            self.variables.extend(names);
            return Ok(());
        };
        let mut before: BTreeMap<&String, Option<Value>> = BTreeMap::new();
        for row in &rows {
            let scope: Vec<(String, &Row)> = row
                .iter()
                .map(|(alias, row)| (alias.clone(), row))
                .collect();
            for (name, expr) in &given {
                let value = known(self.evaluate(expr, &scope)).map_err(place)?;
                // Which row is the last nobody knows, unless each adds to what is there.
                let agree =
                    adds(expr, name) || before.get(name).is_none_or(|other| *other == value);
                let value = value.filter(|_| agree);
                before.insert(name, value.clone());
                self.variables.insert((*name).clone(), value);
            }
        }
        Ok(())
    }

    /// The rows of a query, each with one of every relation.
    fn rows(&self, query: &Query, outer: &Scope<'_>) -> Result<Vec<Vec<(String, Row)>>, Refusal> {
        let mut rows = Vec::new();
        self.each(query, outer, &mut |_, scope| {
            let row = scope
                .iter()
                .map(|(alias, row)| (alias.clone(), (*row).clone()));
            rows.push(row.collect());
            Ok(true)
        })?;
        match query.top {
            Some(0) => rows.clear(),
            Some(top) if rows.len() > top => return Err(unknown("which rows come first")),
            _ => {}
        }
        Ok(rows)
    }

    /// The value of a query that gives one.
    fn scalar(&self, query: &Query, outer: &Scope<'_>) -> Result<Value, Refusal> {
        let Some((_, expr)) = query.output.first() else {
            return Ok(Value::Null);
        };
        let rows = self.rows(query, outer)?;
        if let Expr::Call(name, arguments) = expr
            && ["count", "count_big"].contains(&name.as_str())
            && arguments[..] == [Expr::Star]
        {
            return Ok(Value::Number(i64::try_from(rows.len()).unwrap_or(i64::MAX)));
        }
        if is_aggregate(expr) {
            return Err(unknown("what this gives of many rows"));
        }
        let mut values = rows.iter().map(|row| {
            let scope: Vec<(String, &Row)> = row
                .iter()
                .map(|(alias, row)| (alias.clone(), row))
                .collect();
            self.evaluate(expr, &scope)
        });
        let value = values.next().transpose()?.unwrap_or(Value::Null);
        match values.next() {
            None => Ok(value),
            Some(_) => Err(Refusal::server(
                "512",
                "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
            )),
        }
    }

    pub(super) fn evaluate(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Refusal> {
        Ok(match expr {
            Expr::Null => Value::Null,
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Number(number) => Value::Number(*number),
            Expr::Star => Value::Number(1),
            // A statement that fails ends all.
            Expr::Variable(name) if name == "@@ERROR" => Value::Number(0),
            Expr::Variable(name) if name.starts_with("@@") => {
                return Err(unknown("a variable of the server"));
            }
            Expr::Variable(name) => {
                // It is declared, as its batch was read, maybe where nothing ran.
                let found = self.variables.get(name).cloned();
                found
                    .unwrap_or(Some(Value::Null))
                    .ok_or_else(|| unknown(&format!("the value of `{name}`")))?
            }
            Expr::Column(relation, name) => column(scope, relation.as_deref(), name)?,
            Expr::Call(name, arguments) => {
                let values = arguments.iter().map(|one| self.evaluate(one, scope));
                self.function(name, &values.collect::<Result<Vec<_>, _>>()?)?
            }
            Expr::Binary(Op::Add, left, right) => {
                match (self.evaluate(left, scope)?, self.evaluate(right, scope)?) {
                    (Value::Text(a), Value::Text(b)) => Value::Text(a + &b),
                    (Value::Number(a), Value::Number(b)) => Value::Number(a.saturating_add(b)),
                    (Value::Null, _) | (_, Value::Null) => Value::Null,
                    _ => return Err(unknown("this sum")),
                }
            }
            Expr::Scalar(query) => self.scalar(query, scope)?,
            condition => Value::Truth(self.truth(condition, scope)?),
        })
    }

    fn truth(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Option<bool>, Refusal> {
        Ok(match expr {
            Expr::Not(inner) => self.truth(inner, scope)?.map(|truth| !truth),
            Expr::Binary(Op::And, left, right) => {
                match (self.truth(left, scope)?, self.truth(right, scope)?) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }
            }
            Expr::Binary(Op::Or, left, right) => {
                match (self.truth(left, scope)?, self.truth(right, scope)?) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }
            }
            Expr::Binary(
                op @ (Op::Equal | Op::Unequal | Op::Less | Op::Greater | Op::Like),
                left,
                right,
            ) => compare(
                *op,
                &self.evaluate(left, scope)?,
                &self.evaluate(right, scope)?,
            )?,
            Expr::IsNull(inner) => Some(self.evaluate(inner, scope)? == Value::Null),
            Expr::In(inner, all) => {
                let value = self.evaluate(inner, scope)?;
                let mut found = Some(false);
                for one in all {
                    match compare(Op::Equal, &value, &self.evaluate(one, scope)?)? {
                        Some(true) => return Ok(Some(true)),
                        None => found = None,
                        Some(false) => {}
                    }
                }
                found
            }
            Expr::Exists(query) => {
                if query.output.iter().any(|(_, expr)| is_aggregate(expr)) {
                    return Err(unknown("what this gives of many rows"));
                }
                let mut found = false;
                self.each(query, scope, &mut |_, _| {
                    found = true;
                    Ok(false)
                })?;
                Some(found)
            }
            other => match self.evaluate(other, scope)? {
                Value::Truth(truth) => truth,
                _ => return Err(unknown("a value as a condition")),
            },
        })
    }

    /// Visits the rows of a query, until `visit` has enough.
    fn each(
        &self,
        query: &Query,
        outer: &Scope<'_>,
        visit: &mut dyn FnMut(&Self, &Scope<'_>) -> Result<bool, Refusal>,
    ) -> Result<(), Refusal> {
        // One that is not known is refused, whatever the others hold.
        let nothing = Wanted(vec![("object_id".to_owned(), Value::Null)]);
        for relation in &query.from {
            self.relation(relation, &nothing)?;
        }
        let mut equal = Vec::new();
        query
            .filters
            .iter()
            .for_each(|filter| equals(filter, &mut equal));
        let all = query.from.iter().collect();
        self.join(query, &equal, all, outer.to_vec(), visit)
            .map(|_| ())
    }

    /// Goes through the relations one in another, first through one of which the rows are known by a key.
    fn join(
        &self,
        query: &Query,
        equal: &[(&Expr, &Expr)],
        mut relations: Vec<&Relation>,
        scope: Vec<(String, &Row)>,
        visit: &mut dyn FnMut(&Self, &Scope<'_>) -> Result<bool, Refusal>,
    ) -> Result<bool, Refusal> {
        if relations.is_empty() {
            for filter in &query.filters {
                if self.truth(filter, &scope)? != Some(true) {
                    return Ok(true);
                }
            }
            return visit(self, &scope);
        }
        let wanted = |relation: &Relation| -> Wanted {
            let of_it = |expr: &Expr| match expr {
                Expr::Column(Some(alias), name) if *alias == relation.alias => Some(name.clone()),
                Expr::Column(None, name) if query.from.len() == 1 => Some(name.clone()),
                _ => None,
            };
            let open: Vec<&String> = relations.iter().map(|one| &one.alias).collect();
            let pairs = equal.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
            let known = pairs.filter_map(|(column, value)| {
                let name = of_it(column)?;
                let value = is_closed(value, &open).then(|| self.evaluate(value, &scope).ok());
                Some((name, value.flatten()?))
            });
            Wanted(known.collect())
        };
        let keyed = relations.iter().position(|relation| {
            let keys = keys_of(&relation.name);
            let mut known = wanted(relation).0.into_iter();
            known.any(|(column, _)| keys.contains(&&*column))
        });
        let at = keyed.unwrap_or_default();
        let narrowed = wanted(relations[at]);
        let relation = relations.remove(at);
        for row in &self.relation(relation, &narrowed)? {
            let mut inner = scope.clone();
            inner.push((relation.alias.clone(), row));
            if !self.join(query, equal, relations.clone(), inner, visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn function(&self, name: &str, arguments: &[Value]) -> Result<Value, Refusal> {
        let or_null = |value: Option<String>| value.map_or(Value::Null, Value::Text);
        let path = |text: &str| {
            let mut names = parts(text);
            let name = names.pop().unwrap_or_default();
            let schema = names.pop();
            Path {
                database: names.pop(),
                schema,
                name,
            }
        };
        Ok(match (name, arguments) {
            ("object_id", [Value::Text(name)]) if name.contains("..#") || name.starts_with('#') => {
                Value::Null
            }
            ("object_id" | "col_length", [Value::Text(name), ..])
                if self.at_home(&path(name)).is_err() =>
            {
                return Err(unknown("what another database has"));
            }
            ("object_id", [Value::Text(name)]) => self
                .object_id(&path(name), None)
                .map_or(Value::Null, Value::Number),
            ("object_id", [Value::Text(name), Value::Text(kind)]) => self
                .object_id(&path(name), Some(kind.trim()))
                .map_or(Value::Null, Value::Number),
            ("object_name", [Value::Number(id)]) => or_null(self.object_name(*id)),
            ("object_schema_name", [Value::Number(id)]) => {
                let found = self.store.object_by_id(*id);
                or_null(found.map(|(_, object)| object.schema.clone()))
            }
            ("schema_id", [Value::Text(name)]) => self.schema_number(name),
            ("schema_id", []) => self.schema_number(super::DEFAULT_SCHEMA),
            ("schema_name", [Value::Number(id)]) => or_null(self.schema_name(*id)),
            ("schema_name", []) => Value::Text(super::DEFAULT_SCHEMA.to_owned()),
            ("col_name", [Value::Number(table), Value::Number(column)]) => {
                let table = self.table_by_id(*table);
                let at = usize::try_from(*column)
                    .ok()
                    .and_then(|at| at.checked_sub(1));
                let found = table
                    .and_then(|table| table.columns.get(at?).map(|column| column.name.clone()));
                or_null(found)
            }
            ("col_length", [Value::Text(table), Value::Text(column)]) => {
                let table = self.find_table(&path(table));
                let found = table.and_then(|(_, table)| {
                    table.columns.iter().find(|one| same(&one.name, column))
                });
                found.map_or(Value::Null, |column| {
                    size(column).map_or(Value::Something, Value::Number)
                })
            }
            (
                "columnproperty",
                [
                    Value::Number(table),
                    Value::Text(column),
                    Value::Text(property),
                ],
            ) if same(property, "ColumnId") => {
                let table = self.table_by_id(*table);
                let at = table
                    .and_then(|table| table.columns.iter().position(|one| same(&one.name, column)));
                at.and_then(|at| i64::try_from(at + 1).ok())
                    .map_or(Value::Null, Value::Number)
            }
            ("quotename", [Value::Text(name)]) => {
                Value::Text(format!("[{}]", name.replace(']', "]]")))
            }
            ("isnull" | "coalesce", [value, other]) => {
                if *value == Value::Null {
                    other.clone()
                } else {
                    value.clone()
                }
            }
            ("concat", all) => {
                let texts = all.iter().map(|value| match value {
                    Value::Text(text) => Ok(text.clone()),
                    Value::Number(number) => Ok(number.to_string()),
                    Value::Null => Ok(String::new()),
                    Value::Truth(_) => Err(unknown("a condition as a value")),
                    Value::Something => Err(unknown("this value")),
                });
                Value::Text(texts.collect::<Result<_, _>>()?)
            }
            ("replace", [Value::Text(text), Value::Text(from), Value::Text(to)]) => {
                replaced(text, from, to)?
            }
            ("lower", [Value::Text(text)]) => Value::Text(text.to_lowercase()),
            ("upper", [Value::Text(text)]) => Value::Text(text.to_uppercase()),
            ("count", _) => return Err(unknown("a number of rows")),
            (
                "object_id" | "object_name" | "object_schema_name" | "schema_id" | "schema_name"
                | "col_name" | "col_length" | "columnproperty" | "quotename",
                _,
            ) if arguments.contains(&Value::Null) => Value::Null,
            _ => return Err(unknown(&format!("what the function `{name}` gives"))),
        })
    }
}

/// `REPLACE`, which looks for a text in any case.
fn replaced(text: &str, from: &str, to: &str) -> Result<Value, Refusal> {
    let folded = text.to_lowercase();
    let same = folded.matches(&from.to_lowercase()).count() == text.matches(from).count();
    match same && !from.is_empty() {
        true => Ok(Value::Text(text.replace(from, to))),
        false => Err(unknown("what is replaced in any case")),
    }
}

/// A column of the innermost relation that has it.
fn column(scope: &Scope<'_>, relation: Option<&str>, name: &str) -> Result<Value, Refusal> {
    let mut scope = scope
        .iter()
        .rev()
        .filter(|(alias, _)| relation.is_none_or(|relation| alias == relation));
    let found = scope.find_map(|(_, row)| row.iter().find(|(column, _)| *column == name));
    found
        .map(|(_, value)| value.clone())
        .ok_or_else(|| unknown(&format!("the column `{name}`")))
}

/// Strings are compared as the server's usual collation does: without case, and without blanks at the end.
fn compare(op: Op, left: &Value, right: &Value) -> Result<Option<bool>, Refusal> {
    if [left, right].contains(&&Value::Something) {
        return Err(unknown("this value"));
    }
    if let (Op::Like, Value::Text(text), Value::Text(pattern)) = (op, left, right) {
        let chars = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
        return Ok(Some(like(&chars(text.trim_end()), &chars(pattern))));
    }
    Ok(order(left, right).map(|order| match op {
        Op::Unequal => order.is_ne(),
        Op::Less => order.is_lt(),
        Op::Greater => order.is_gt(),
        _ => order.is_eq(),
    }))
}

/// Whether a text has the form of a pattern, both in lower case.
fn like(text: &[char], pattern: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return text.is_empty();
    };
    if *first == '%' {
        return (0..=text.len()).any(|at| like(&text[at..], rest));
    }
    let Some((own, left)) = text.split_first() else {
        return false;
    };
    match (first, rest.iter().position(|one| *one == ']')) {
        ('_', _) => like(left, rest),
        ('[', Some(end)) => {
            let (set, rest) = (&rest[..end], &rest[end + 1..]);
            let (outside, set) = match set.split_first() {
                Some(('^', set)) => (true, set),
                _ => (false, set),
            };
            let ranges = set.windows(3).filter(|three| three[1] == '-');
            let within = set.contains(own)
                || ranges
                    .clone()
                    .any(|three| (three[0]..=three[2]).contains(own));
            within != outside && like(left, rest)
        }
        _ => own == first && like(left, rest),
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Text(a), Value::Text(b)) => a
            .trim_end()
            .to_lowercase()
            .cmp(&b.trim_end().to_lowercase()),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Text(a), Value::Number(b)) => a.trim().parse::<i64>().ok()?.cmp(b),
        (Value::Number(a), Value::Text(b)) => a.cmp(&b.trim().parse::<i64>().ok()?),
        _ => return None,
    })
}

/// Pairs that must be equal for a condition to hold.
fn equals<'a>(expr: &'a Expr, found: &mut Vec<(&'a Expr, &'a Expr)>) {
    match expr {
        Expr::Binary(Op::Equal, left, right) => found.push((&**left, &**right)),
        Expr::Binary(Op::And, left, right) => {
            equals(left, found);
            equals(right, found);
        }
        _ => {}
    }
}

/// No value of these relations is in it.
fn is_closed(expr: &Expr, open: &[&String]) -> bool {
    match expr {
        Expr::Null | Expr::Text(_) | Expr::Number(_) | Expr::Variable(_) => true,
        Expr::Column(Some(alias), _) => !open.contains(&alias),
        Expr::Call(_, arguments) => arguments.iter().all(|one| is_closed(one, open)),
        Expr::Binary(_, left, right) => is_closed(left, open) && is_closed(right, open),
        _ => false,
    }
}

/// A sum begins with this variable.
fn adds(expr: &Expr, variable: &str) -> bool {
    match expr {
        Expr::Binary(Op::Add, left, _) => {
            matches!(&**left, Expr::Variable(name) if name == variable) || adds(left, variable)
        }
        _ => false,
    }
}

/// An expression has a value of all rows at once.
fn is_aggregate(expr: &Expr) -> bool {
    const NAMES: &[&str] = &[
        "approx_count_distinct",
        "avg",
        "checksum_agg",
        "count",
        "count_big",
        "max",
        "min",
        "stdev",
        "stdevp",
        "string_agg",
        "sum",
        "var",
        "varp",
    ];
    match expr {
        Expr::Call(name, arguments) => {
            NAMES.contains(&name.as_str()) || arguments.iter().any(is_aggregate)
        }
        Expr::Binary(_, left, right) => is_aggregate(left) || is_aggregate(right),
        Expr::Not(inner) | Expr::IsNull(inner) => is_aggregate(inner),
        Expr::In(inner, all) => is_aggregate(inner) || all.iter().any(is_aggregate),
        _ => false,
    }
}

/// How many bytes a column's values take at most, as `COL_LENGTH` has it; none where only a server knows.
fn size(column: &Column) -> Option<i64> {
    let ty = &column.ty;
    if column.generated.is_some() || ty.user.is_some() {
        return None;
    }
    let argument = ty.arguments.first().map(String::as_str);
    let number = argument.and_then(|one| one.parse::<i64>().ok());
    let fraction = match number {
        Some(0..=2) => 0,
        Some(3..=4) => 1,
        _ => 2,
    };
    Some(match (ty.base.as_str(), number) {
        ("varchar" | "nvarchar" | "varbinary", None) if argument == Some("max") => -1,
        ("char" | "varchar" | "binary" | "varbinary", Some(length)) => length,
        ("nchar" | "nvarchar", Some(length)) => length * 2,
        ("bit" | "tinyint", _) => 1,
        ("smallint", _) => 2,
        ("date", _) => 3,
        ("int" | "real" | "smallmoney" | "smalldatetime", _) => 4,
        ("bigint" | "float" | "money" | "datetime" | "rowversion", _) => 8,
        ("decimal" | "numeric", Some(digits)) => match digits {
            ..=9 => 5,
            10..=19 => 9,
            20..=28 => 13,
            _ => 17,
        },
        ("time", _) => 3 + fraction,
        ("datetime2", _) => 6 + fraction,
        ("datetimeoffset", _) => 8 + fraction,
        ("uniqueidentifier" | "text" | "ntext" | "image", _) => 16,
        ("xml", _) => -1,
        _ => return None,
    })
}
