//! Evaluates expressions over the parsed file.
//!
//! hcl-rs has an evaluator too, but its values carry no positions, its functions are plain `fn` pointers that can see
//! neither the config's directory nor the environment, and it evaluates both sides of `&&` and `||`.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::expr::{
    BinaryOp, BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal,
    TraversalOperator, UnaryOperator,
};
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::super::error::ConfigError;
use super::super::suggest;
use super::frame::{Frame, span};
use super::functions::{self, Args};
use super::scope::Scope;
use super::value::{Number, Value};

type Result<T> = std::result::Result<T, ConfigError>;

/// How deep evaluation may go, through expressions and references together: far above what a file that a person
/// wrote needs, and within a small stack.
const MAX_DEPTH: usize = 250;

/// How many expressions may be evaluated in all: loops in loops would otherwise run for hours.
const MAX_STEPS: usize = 2_000_000;

impl<'a> Scope<'a> {
    /// The value of an expression.
    pub(super) fn eval(&self, expr: &Expression, frame: &Frame<'_>) -> Result<Value> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(self.error(span(expr), "expressions and references nest too deeply"));
        }
        let steps = self.steps.get() + 1;
        if steps > MAX_STEPS {
            return Err(self.error(span(expr), "the configuration takes too long to evaluate"));
        }
        self.steps.set(steps);
        self.depth.set(depth + 1);
        let value = self.eval_inner(expr, frame);
        self.depth.set(depth);
        value
    }

    fn eval_inner(&self, expr: &Expression, frame: &Frame<'_>) -> Result<Value> {
        match expr {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(b) => Ok(Value::Bool(*b.value())),
            Expression::Number(n) => {
                let n = n.value();
                Ok(Value::Number(n.as_i64().map_or_else(
                    || Number::Float(n.as_f64().unwrap_or_default()),
                    Number::Int,
                )))
            }
            Expression::String(s) => Ok(s.value().as_str().into()),
            Expression::Array(items) => items
                .iter()
                .map(|item| self.eval(item, frame))
                .collect::<Result<_>>()
                .map(Value::List),
            Expression::Object(object) => self.eval_object(object, frame),
            Expression::StringTemplate(template) => self.eval_template(template, frame),
            Expression::HeredocTemplate(heredoc) => self.eval_template(&heredoc.template, frame),
            Expression::Parenthesis(inner) => self.eval(inner.inner(), frame),
            Expression::Variable(name) => match frame.lookup(name.as_str()) {
                Some(value) => Ok(value),
                None => Err(self.unknown_name(name.as_str(), span(name), frame)),
            },
            Expression::Conditional(c) => {
                if self.eval_bool(&c.cond_expr, frame)? {
                    self.eval(&c.true_expr, frame)
                } else {
                    self.eval(&c.false_expr, frame)
                }
            }
            Expression::FuncCall(call) => self.eval_call(call, frame),
            Expression::Traversal(traversal) => self.eval_traversal(traversal, frame),
            Expression::UnaryOp(op) => self.eval_unary(*op.operator.value(), &op.expr, frame),
            Expression::BinaryOp(op) => self.eval_binary(op, frame),
            Expression::ForExpr(for_expr) => self.eval_for(for_expr, frame),
        }
    }

    fn unknown_name(&self, name: &str, at: Range<usize>, frame: &Frame<'_>) -> ConfigError {
        let mut known = frame.names();
        known.extend(["var", "local", "data", "atlas"]);
        let hint = match suggest::nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.has_local(name) => format!("did you mean `local.{name}`?"),
            None if self.has_variable(name) => format!("did you mean `var.{name}`?"),
            None => format!("a text is written in quotes: \"{name}\""),
        };
        self.error(at, format!("unknown variable `{name}`"))
            .hint(hint)
    }

    fn eval_bool(&self, expr: &Expression, frame: &Frame<'_>) -> Result<bool> {
        match self.eval(expr, frame)? {
            Value::Bool(b) => Ok(b),
            Value::String(s) if s == "true" => Ok(true),
            Value::String(s) if s == "false" => Ok(false),
            other => Err(self.error(span(expr), format!("expected a bool, got {}", other.kind()))),
        }
    }

    fn eval_number(&self, expr: &Expression, frame: &Frame<'_>) -> Result<Number> {
        let value = self.eval(expr, frame)?;
        let number = match &value {
            Value::Number(n) => Some(*n),
            Value::String(s) => Number::parse(s),
            _ => None,
        };
        number.ok_or_else(|| {
            self.error(
                span(expr),
                format!("expected a number, got {}", value.kind()),
            )
        })
    }

    fn eval_unary(
        &self,
        operator: UnaryOperator,
        expr: &Expression,
        frame: &Frame<'_>,
    ) -> Result<Value> {
        match operator {
            UnaryOperator::Not => Ok(Value::Bool(!self.eval_bool(expr, frame)?)),
            UnaryOperator::Neg => Ok(Value::Number(match self.eval_number(expr, frame)? {
                Number::Int(n) => n
                    .checked_neg()
                    .map_or(Number::Float(-Number::Int(n).as_f64()), Number::Int),
                Number::Float(n) => Number::Float(-n),
            })),
        }
    }

    fn eval_binary(&self, op: &BinaryOp, frame: &Frame<'_>) -> Result<Value> {
        let operator = *op.operator.value();
        match operator {
            BinaryOperator::And => {
                return Ok(Value::Bool(
                    self.eval_bool(&op.lhs_expr, frame)? && self.eval_bool(&op.rhs_expr, frame)?,
                ));
            }
            BinaryOperator::Or => {
                return Ok(Value::Bool(
                    self.eval_bool(&op.lhs_expr, frame)? || self.eval_bool(&op.rhs_expr, frame)?,
                ));
            }
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                let same = self
                    .eval(&op.lhs_expr, frame)?
                    .equals(&self.eval(&op.rhs_expr, frame)?);
                return Ok(Value::Bool(same == (operator == BinaryOperator::Eq)));
            }
            _ => {}
        }
        let (a, b) = (
            self.eval_number(&op.lhs_expr, frame)?,
            self.eval_number(&op.rhs_expr, frame)?,
        );
        let both = |int: fn(i64, i64) -> Option<i64>, float: fn(f64, f64) -> f64| {
            let whole = match (a, b) {
                (Number::Int(a), Number::Int(b)) => int(a, b),
                _ => None,
            };
            Value::Number(whole.map_or_else(
                || Number::from_f64(float(a.as_f64(), b.as_f64())),
                Number::Int,
            ))
        };
        let (x, y) = (a.as_f64(), b.as_f64());
        if matches!(operator, BinaryOperator::Div | BinaryOperator::Mod) && y == 0.0 {
            return Err(self.error(span(&op.rhs_expr), "division by zero"));
        }
        Ok(match operator {
            BinaryOperator::LessEq => Value::Bool(x <= y),
            BinaryOperator::GreaterEq => Value::Bool(x >= y),
            BinaryOperator::Less => Value::Bool(x < y),
            BinaryOperator::Greater => Value::Bool(x > y),
            BinaryOperator::Plus => both(i64::checked_add, |a, b| a + b),
            BinaryOperator::Minus => both(i64::checked_sub, |a, b| a - b),
            BinaryOperator::Mul => both(i64::checked_mul, |a, b| a * b),
            BinaryOperator::Div => Value::Number(Number::from_f64(x / y)),
            BinaryOperator::Mod => both(i64::checked_rem, |a, b| a % b),
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::And
            | BinaryOperator::Or => Value::Null,
        })
    }

    fn eval_object(&self, object: &Object, frame: &Frame<'_>) -> Result<Value> {
        let mut members = BTreeMap::new();
        for (key, value) in object {
            let (name, at) = match key {
                ObjectKey::Ident(ident) => (ident.as_str().to_owned(), span(ident)),
                ObjectKey::Expression(expr) => (self.eval_key(expr, frame)?, span(expr)),
            };
            if members
                .insert(name.clone(), self.eval(value.expr(), frame)?)
                .is_some()
            {
                return Err(self.error(at, format!("key `{name}` is given twice")));
            }
        }
        Ok(Value::Map(members))
    }

    fn eval_key(&self, expr: &Expression, frame: &Frame<'_>) -> Result<String> {
        let value = self.eval(expr, frame)?;
        value.text().ok_or_else(|| {
            self.error(
                span(expr),
                format!("a key must be a string, got {}", value.kind()),
            )
        })
    }

    fn eval_for(&self, expr: &ForExpr, frame: &Frame<'_>) -> Result<Value> {
        let intro = &expr.intro;
        let items = self.eval_collection(&intro.collection_expr, frame)?;
        let mut list = Vec::new();
        let mut map = BTreeMap::new();
        for (key, value) in items {
            let vars = loop_vars(
                intro.key_var.as_ref().map(|v| v.as_str()),
                intro.value_var.as_str(),
                key,
                value,
            );
            let frame = &frame.child(&vars);
            if let Some(cond) = &expr.cond
                && !self.eval_bool(&cond.expr, frame)?
            {
                continue;
            }
            let Some(key_expr) = &expr.key_expr else {
                list.push(self.eval(&expr.value_expr, frame)?);
                continue;
            };
            let key = self.eval_key(key_expr, frame)?;
            let value = self.eval(&expr.value_expr, frame)?;
            if expr.grouping {
                match map.entry(key).or_insert_with(|| Value::List(Vec::new())) {
                    Value::List(group) => group.push(value),
                    other => *other = Value::List(vec![value]),
                }
            } else if map.insert(key.clone(), value).is_some() {
                return Err(self
                    .error(span(key_expr), format!("key `{key}` comes up twice"))
                    .hint("`...` after the value groups values of the same key"));
            }
        }
        Ok(if expr.key_expr.is_some() {
            Value::Map(map)
        } else {
            Value::List(list)
        })
    }

    fn eval_collection(&self, expr: &Expression, frame: &Frame<'_>) -> Result<Vec<(Value, Value)>> {
        match self.eval(expr, frame)? {
            Value::List(items) => Ok(items
                .into_iter()
                .enumerate()
                .map(|(i, item)| (Value::int(i), item))
                .collect()),
            Value::Map(members) => Ok(members
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect()),
            other => Err(self.error(
                span(expr),
                format!("expected a list or a map, got {}", other.kind()),
            )),
        }
    }

    fn eval_call(&self, call: &FuncCall, frame: &Frame<'_>) -> Result<Value> {
        let name = call.name.name.as_str();
        let at = call.name.namespace.first().map_or_else(
            || span(&call.name.name),
            |first| span(first).start..span(&call.name.name).end,
        );
        if call.name.is_namespaced() {
            return Err(self.error(at, "functions have no namespaces here"));
        }
        match name {
            "try" => return self.eval_try(call, at, frame),
            "can" => {
                let [arg] = call.args.iter().collect::<Vec<_>>()[..] else {
                    return Err(self.error(at, "`can` takes 1 argument"));
                };
                return Ok(Value::Bool(self.eval(arg, frame).is_ok()));
            }
            _ => {}
        }
        let function = functions::find(name).map_err(|error| error.at(self.origin(at.clone())))?;
        let mut values = Vec::with_capacity(call.args.len());
        for (i, arg) in call.args.iter().enumerate() {
            let value = self.eval(arg, frame)?;
            if call.args.expand_final() && i + 1 == call.args.len() {
                let Value::List(items) = value else {
                    return Err(self.error(
                        span(arg),
                        format!("`...` needs a list, got {}", value.kind()),
                    ));
                };
                values.extend(items.into_iter().map(|item| (item, span(arg))));
            } else {
                values.push((value, span(arg)));
            }
        }
        let args = Args { values };
        function.call(self, &args).map_err(|fault| {
            let at = fault
                .arg
                .and_then(|i| args.values.get(i))
                .map_or(at, |(_, span)| span.clone());
            self.error(at, format!("`{name}`: {}", fault.message))
                .maybe_hint(fault.hint)
        })
    }

    /// The first argument that evaluates; the last one's error when none does.
    fn eval_try(&self, call: &FuncCall, at: Range<usize>, frame: &Frame<'_>) -> Result<Value> {
        let mut last = self.error(at, "`try` takes at least 1 argument");
        for arg in call.args.iter() {
            match self.eval(arg, frame) {
                Ok(value) => return Ok(value),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn eval_traversal(&self, traversal: &Traversal, frame: &Frame<'_>) -> Result<Value> {
        let operators: Vec<&TraversalOperator> =
            traversal.operators.iter().map(|op| op.value()).collect();
        if let Expression::Variable(root) = &traversal.expr
            && frame.lookup(root.as_str()).is_none()
        {
            let (value, used) = match root.as_str() {
                "var" | "local" | "atlas" | "data" => {
                    self.resolve(root.as_str(), span(root), &operators, frame)?
                }
                name => return Err(self.unknown_root(name, span(root), frame)),
            };
            return self.walk(value, &operators[used..], frame);
        }
        let value = self.eval(&traversal.expr, frame)?;
        self.walk(value, &operators, frame)
    }

    fn unknown_root(&self, name: &str, at: Range<usize>, frame: &Frame<'_>) -> ConfigError {
        match name {
            "each" => self.error(
                at,
                "`each` is a database of `for_each`, and has a meaning in `url` alone",
            ),
            "docker" => self
                .error(at, "`docker` blocks are not supported yet")
                .hint("write the URL itself, such as `docker://postgres/17/dev`"),
            "cloud" | "runs_on" => self.error(at, format!("`{name}` is not supported yet")),
            _ => self.unknown_name(name, at, frame),
        }
    }

    /// The name that an operator gives, for the first steps of `var.x`, `local["x"]` and the like.
    pub(super) fn step_name(
        &self,
        operator: &TraversalOperator,
        frame: &Frame<'_>,
    ) -> Result<(String, Range<usize>)> {
        match operator {
            TraversalOperator::GetAttr(ident) => Ok((ident.as_str().to_owned(), span(ident))),
            TraversalOperator::Index(expr) => Ok((self.eval_key(expr, frame)?, span(expr))),
            other => Err(self.error(span(other), "expected a name")),
        }
    }

    fn walk(
        &self,
        mut value: Value,
        operators: &[&TraversalOperator],
        frame: &Frame<'_>,
    ) -> Result<Value> {
        for (i, operator) in operators.iter().enumerate() {
            value = match operator {
                TraversalOperator::GetAttr(ident) => {
                    self.member(value, ident.as_str(), span(ident))?
                }
                TraversalOperator::Index(expr) => {
                    let key = self.eval(expr, frame)?;
                    self.index(value, &key, span(expr))?
                }
                TraversalOperator::LegacyIndex(n) => {
                    let key = Value::Number(
                        i64::try_from(*n.value()).map_or(Number::Float(f64::MAX), Number::Int),
                    );
                    self.index(value, &key, span(n))?
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    let items = match value {
                        Value::List(items) => items,
                        Value::Null => Vec::new(),
                        single => vec![single],
                    };
                    let rest = &operators[i + 1..];
                    let items = items.into_iter().map(|item| self.walk(item, rest, frame));
                    return items.collect::<Result<_>>().map(Value::List);
                }
            };
        }
        Ok(value)
    }

    fn member(&self, value: Value, key: &str, at: Range<usize>) -> Result<Value> {
        match value {
            Value::Map(mut members) => match members.remove(key) {
                Some(value) => Ok(value),
                None => {
                    let known: Vec<&str> = members.keys().map(String::as_str).collect();
                    Err(self
                        .error(at, format!("there is no key `{key}`"))
                        .maybe_hint(suggest::hint(key, &known, "its keys")))
                }
            },
            other => Err(self.error(at, format!("{} has no attribute `{key}`", other.kind()))),
        }
    }

    fn index(&self, value: Value, key: &Value, at: Range<usize>) -> Result<Value> {
        match (value, key) {
            (Value::List(mut items), Value::Number(Number::Int(n))) => match usize::try_from(*n) {
                Ok(i) if i < items.len() => Ok(items.swap_remove(i)),
                _ => Err(self.error(
                    at,
                    format!(
                        "index {n} is out of range: the list's length is {}",
                        items.len()
                    ),
                )),
            },
            (Value::List(_), other) => Err(self.error(
                at,
                format!("a list is indexed by a whole number, got {}", other.kind()),
            )),
            (map @ Value::Map(_), key) => match key.text() {
                Some(key) => self.member(map, &key, at),
                None => Err(self.error(
                    at,
                    format!("a map is indexed by a string, got {}", key.kind()),
                )),
            },
            (other, _) => Err(self.error(at, format!("{} cannot be indexed", other.kind()))),
        }
    }

    fn eval_template(&self, template: &Template, frame: &Frame<'_>) -> Result<Value> {
        // A template that is nothing but one interpolation keeps the value's type.
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.eval(&only.expr, frame);
        }
        let mut out = String::new();
        self.write_template(&mut out, template, (false, false), frame)?;
        Ok(out.into())
    }

    /// Writes a template; `trim` says whether its very start and its very end lose their white space.
    fn write_template(
        &self,
        out: &mut String,
        template: &Template,
        trim: (bool, bool),
        frame: &Frame<'_>,
    ) -> Result<()> {
        let elements: Vec<&Element> = template.iter().collect();
        for (i, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(text) => {
                    let mut text = text.as_str();
                    if i.checked_sub(1)
                        .map_or(trim.0, |i| trims_after(elements[i]))
                    {
                        text = text.trim_start();
                    }
                    if elements
                        .get(i + 1)
                        .map_or(trim.1, |next| trims_before(next))
                    {
                        text = text.trim_end();
                    }
                    out.push_str(text);
                }
                Element::Interpolation(interpolation) => {
                    let value = self.eval(&interpolation.expr, frame)?;
                    let text = value.text().ok_or_else(|| {
                        let message = format!("{} cannot be part of a text", value.kind());
                        self.error(span(&interpolation.expr), message)
                            .hint("`jsonencode` and `join` turn lists and maps into text")
                    })?;
                    out.push_str(&text);
                }
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => self.write_if(out, directive, frame)?,
                    Directive::For(directive) => self.write_for(out, directive, frame)?,
                },
            }
        }
        Ok(())
    }

    fn write_if(&self, out: &mut String, directive: &IfDirective, frame: &Frame<'_>) -> Result<()> {
        let (first, last) = (&directive.if_expr, &directive.endif_expr);
        let middle = directive.else_expr.as_ref();
        if self.eval_bool(&first.cond_expr, frame)? {
            let end = strips_start(middle.map_or(last.strip, |middle| middle.strip));
            self.write_template(out, &first.template, (strips_end(first.strip), end), frame)
        } else if let Some(middle) = middle {
            self.write_template(
                out,
                &middle.template,
                (strips_end(middle.strip), strips_start(last.strip)),
                frame,
            )
        } else {
            Ok(())
        }
    }

    fn write_for(
        &self,
        out: &mut String,
        directive: &ForDirective,
        frame: &Frame<'_>,
    ) -> Result<()> {
        let head = &directive.for_expr;
        let trim = (
            strips_end(head.strip),
            strips_start(directive.endfor_expr.strip),
        );
        for (key, value) in self.eval_collection(&head.collection_expr, frame)? {
            let vars = loop_vars(
                head.key_var.as_ref().map(|v| v.as_str()),
                head.value_var.as_str(),
                key,
                value,
            );
            self.write_template(out, &head.template, trim, &frame.child(&vars))?;
        }
        Ok(())
    }
}

fn loop_vars<'v>(
    key_name: Option<&'v str>,
    value_name: &'v str,
    key: Value,
    value: Value,
) -> Vec<(&'v str, Value)> {
    let mut vars = vec![(value_name, value)];
    vars.extend(key_name.map(|name| (name, key)));
    vars
}

fn strips_start(strip: Strip) -> bool {
    matches!(strip, Strip::Start | Strip::Both)
}

fn strips_end(strip: Strip) -> bool {
    matches!(strip, Strip::End | Strip::Both)
}

/// Whether an element takes the white space that follows it.
fn trims_after(element: &Element) -> bool {
    strips_end(match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => directive.endif_expr.strip,
            Directive::For(directive) => directive.endfor_expr.strip,
        },
    })
}

/// Whether an element takes the white space before it.
fn trims_before(element: &Element) -> bool {
    strips_start(match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => directive.if_expr.strip,
            Directive::For(directive) => directive.for_expr.strip,
        },
    })
}
