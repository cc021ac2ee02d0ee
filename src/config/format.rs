//! Output formats: the `--format` flag and the `format` block of an environment.
//!
//! A format is the word `json`, `sql` or `mermaid`, or a Go template. `{{ sql . "<indent>" }}` on its own is not a
//! template in trueup: it sets how far the statements of the usual output are indented, as in Atlas.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use gotmpl::parse::{Expr, ListNode, Node, Parser, PipeNode};
use gotmpl::{MissingKey, TemplateError, Value};
use serde_json::Value as Json;

use super::suggest;

use crate::problem::{Explain, Problem};

/// Why a format could not be read or applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Not a template: the engine's own words, with the line and column inside the format.
    #[error("invalid format: {0}")]
    Syntax(String),
    #[error("invalid format: unknown function `{name}`")]
    UnknownFunction { name: String, hint: Option<String> },
    /// `sql` next to text or other actions.
    #[error("invalid format: `sql` can only stand alone, to indent statements")]
    SqlMixed,
    /// `sql` with other arguments than `.` and an indent.
    #[error("invalid format: `sql` takes `.` and an indent of spaces or tabs")]
    SqlArguments,
    /// Neither a known word nor a template: it has no `{{`.
    #[error("invalid format: it is neither `json`, `sql` nor `mermaid`, and no template")]
    Plain,
    /// The template failed on its input.
    #[error("format failed: {0}")]
    Execute(String),
}

impl FormatError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownFunction { hint, .. } => hint.clone(),
            Self::SqlMixed => Some(
                "drop the other parts, or build the text from `.Changes` without `sql`".to_owned(),
            ),
            Self::SqlArguments => Some(r#"write `{{ sql . "  " }}`"#.to_owned()),
            Self::Plain => Some(
                r#"a template has actions such as `{{ json . }}` or `{{ sql . "  " }}`"#.to_owned(),
            ),
            Self::Syntax(_) | Self::Execute(_) => None,
        }
    }
}

/// How a command writes its result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Format {
    /// The command's usual output; for `migrate diff`, one line for each statement.
    #[default]
    Default,
    /// The result as JSON: `json`, or `{{ json . }}`.
    Json,
    /// Tables and their relations as a Mermaid diagram: `mermaid`, or `{{ mermaid . }}`.
    Mermaid,
    /// The usual output with statements broken into lines and indented by this, which is empty for `{{ sql . }}`.
    SqlIndent(String),
    /// A template that makes the whole output.
    Template(Template),
}

impl Format {
    /// The form in which people read a result that is not written to a file: always broken into lines.
    pub fn for_people(&self) -> Self {
        match self {
            Self::SqlIndent(indent) if !indent.is_empty() => self.clone(),
            _ => Self::SqlIndent("  ".to_owned()),
        }
    }

    /// Reads a format.
    ///
    /// # Errors
    ///
    /// [`FormatError`] for everything but [`FormatError::Execute`].
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let bare = text.trim();
        if bare.is_empty() {
            return Ok(Self::Default);
        }
        match bare {
            "json" => return Ok(Self::Json),
            "sql" => return Ok(Self::Default),
            "mermaid" => return Ok(Self::Mermaid),
            _ => {}
        }
        if !bare.contains("{{") {
            return Err(FormatError::Plain);
        }
        let syntax = |error: &TemplateError| FormatError::Syntax(words(error));
        let (body, defines) = Parser::new(text, "{{", "}}")
            .and_then(Parser::parse)
            .map_err(|e| syntax(&e))?;
        engine().parse(text).map_err(|e| syntax(&e))?;
        check_blocks(text).map_err(FormatError::Syntax)?;
        let mut called = Vec::new();
        collect_list(&body, &mut called);
        defines
            .iter()
            .for_each(|define| collect_list(&define.body, &mut called));
        if let Some(name) = called
            .iter()
            .find(|name| !FUNCTIONS.contains(name) && **name != "sql")
        {
            let hint = suggest::nearest(name, FUNCTIONS.iter().copied().chain(["sql"]))
                .map(|near| format!("did you mean `{near}`?"));
            return Err(FormatError::UnknownFunction {
                name: (*name).to_owned(),
                hint,
            });
        }
        let only = if defines.is_empty() {
            only_command(&body)
        } else {
            None
        };
        match only {
            Some([Expr::Identifier(_, name), Expr::Dot(_)]) if name == "json" => Ok(Self::Json),
            Some([Expr::Identifier(_, name), Expr::Dot(_)]) if name == "mermaid" => {
                Ok(Self::Mermaid)
            }
            Some([Expr::Identifier(_, name), args @ ..]) if name == "sql" => match args {
                [Expr::Dot(_)] => Ok(Self::SqlIndent(String::new())),
                [Expr::Dot(_), Expr::String(_, indent)]
                    if indent.chars().all(|c| matches!(c, ' ' | '\t')) =>
                {
                    Ok(Self::SqlIndent(indent.to_string()))
                }
                _ => Err(FormatError::SqlArguments),
            },
            _ if called.contains(&"sql") => Err(FormatError::SqlMixed),
            _ => Ok(Self::Template(Template {
                source: text.to_owned(),
            })),
        }
    }
}

/// A checked Go template.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
}

impl Template {
    /// The text of the template.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Runs the template over `data`: objects are what Go calls structs, `.Name` reads a member.
    ///
    /// For `migrate diff` the data is the plan: `{"Version", "Name", "Changes": [{"Cmd", "Comment", "Reverse"}]}`.
    ///
    /// # Errors
    ///
    /// [`FormatError::Execute`] when a member does not exist or a function rejects its arguments.
    pub fn render(&self, data: &Json) -> Result<String, FormatError> {
        self.run(engine(), data)
    }

    /// The same where there is something to draw: `mermaid` gives this diagram.
    pub fn render_with_diagram(&self, data: &Json, diagram: &str) -> Result<String, FormatError> {
        let diagram: Arc<str> = diagram.into();
        let drawn = move |_: &[Value]| Ok(Value::String(Arc::clone(&diagram)));
        self.run(engine().func("mermaid", drawn), data)
    }

    fn run(&self, engine: gotmpl::Template, data: &Json) -> Result<String, FormatError> {
        let template = engine
            .parse(&self.source)
            .map_err(|e| FormatError::Syntax(words(&e)))?;
        template
            .execute_to_string(&from_json(data))
            .map_err(|e| FormatError::Execute(words(&e)))
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.source)
    }
}

/// Every function that a template may call: Go's own, then Atlas'. The colours are without effect: a format's output
/// is for files and pipes.
const FUNCTIONS: &[&str] = &[
    "and",
    "call",
    "eq",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
    "add",
    "indent_ln",
    "join",
    "json",
    "lower",
    "mermaid",
    "replace",
    "rev",
    "split",
    "trim",
    "upper",
    "cyan",
    "green",
    "red",
    "yellow",
    "redBgWhiteFg",
];

/// The template engine with our functions, and strict about members: a misspelt one is an error, not `<no value>`.
fn engine() -> gotmpl::Template {
    let text = |f: fn(&str) -> String| {
        move |args: &[Value]| match args {
            [Value::String(s)] => Ok(Value::String(f(s).into())),
            _ => Err(fail("takes one string")),
        }
    };
    let mut engine = gotmpl::Template::new("")
        .missing_key(MissingKey::Error)
        .func("upper", text(str::to_uppercase))
        .func("lower", text(str::to_lowercase))
        .func("trim", text(|s| s.trim().to_owned()))
        .func("json", json)
        .func("mermaid", |_| {
            Err(fail("`mermaid` works with `schema inspect` only"))
        })
        .func("add", add)
        .func("join", join)
        .func("split", split)
        .func("replace", replace)
        .func("rev", reverse)
        .func("indent_ln", indent_lines);
    for colour in ["cyan", "green", "red", "yellow", "redBgWhiteFg"] {
        engine = engine.func(colour, |args| {
            args.first().cloned().ok_or_else(|| fail("takes one value"))
        });
    }
    engine
}

fn fail(message: &str) -> TemplateError {
    TemplateError::Exec(message.to_owned())
}

fn json(args: &[Value]) -> gotmpl::Result<Value> {
    let (value, indent) = match args {
        [value] => (value, None),
        [value, Value::String(indent)] => (value, Some(indent)),
        _ => return Err(fail("json takes a value and an indent")),
    };
    let value = to_json(value)?;
    let mut out = Vec::new();
    let written = match indent {
        None => serde_json::to_writer(&mut out, &value),
        Some(indent) => {
            let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
            let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
            serde::Serialize::serialize(&value, &mut serializer)
        }
    };
    written.map_err(|e| fail(&e.to_string()))?;
    Ok(Value::String(String::from_utf8_lossy(&out).into()))
}

fn add(args: &[Value]) -> gotmpl::Result<Value> {
    let sum = args.iter().try_fold(0i64, |sum, arg| match arg {
        Value::Int(n) => sum.checked_add(*n),
        Value::Uint(n) => sum.checked_add_unsigned(*n),
        _ => None,
    });
    sum.map(Value::Int)
        .ok_or_else(|| fail("add takes integers"))
}

fn join(args: &[Value]) -> gotmpl::Result<Value> {
    match args {
        [Value::List(items), Value::String(with)] => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            Ok(Value::String(items.join(with).into()))
        }
        _ => Err(fail("join takes a list and a string")),
    }
}

fn split(args: &[Value]) -> gotmpl::Result<Value> {
    match args {
        [Value::String(text), Value::String(at)] => Ok(Value::List(
            text.split(&**at)
                .map(|part| Value::String(part.into()))
                .collect(),
        )),
        _ => Err(fail("split takes two strings")),
    }
}

fn replace(args: &[Value]) -> gotmpl::Result<Value> {
    match args {
        [Value::String(text), Value::String(from), Value::String(to)] => {
            Ok(Value::String(text.replace(&**from, to).into()))
        }
        _ => Err(fail("replace takes three strings")),
    }
}

fn reverse(args: &[Value]) -> gotmpl::Result<Value> {
    match args {
        [Value::List(items)] => Ok(Value::List(items.iter().rev().cloned().collect())),
        _ => Err(fail("rev takes a list")),
    }
}

/// All lines but the first indented by so many spaces.
fn indent_lines(args: &[Value]) -> gotmpl::Result<Value> {
    match args {
        [Value::String(text), Value::Int(n)] if (0..=200).contains(n) => {
            let indent = " ".repeat(usize::try_from(*n).unwrap_or(0));
            Ok(Value::String(
                text.replace('\n', &format!("\n{indent}")).into(),
            ))
        }
        _ => Err(fail("indent_ln takes a string and a number of spaces")),
    }
}

fn from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(n), _) => Value::Int(n),
            (None, Some(n)) => Value::Uint(n),
            (None, None) => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => Value::String(s.as_str().into()),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(members) => {
            let map: BTreeMap<Arc<str>, Value> = members
                .iter()
                .map(|(key, value)| (key.as_str().into(), from_json(value)))
                .collect();
            Value::Map(Arc::new(map))
        }
    }
}

fn to_json(value: &Value) -> gotmpl::Result<Json> {
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(n) => Json::from(*n),
        Value::Uint(n) => Json::from(*n),
        Value::Float(n) => Json::from(*n),
        Value::String(s) => Json::from(&**s),
        Value::List(items) => {
            Json::Array(items.iter().map(to_json).collect::<gotmpl::Result<_>>()?)
        }
        Value::Map(members) => {
            let members = members
                .iter()
                .map(|(key, value)| Ok((key.to_string(), to_json(value)?)));
            Json::Object(members.collect::<gotmpl::Result<_>>()?)
        }
        Value::Function(_) => return Err(fail("a function has no JSON")),
    })
}

/// The engine's message without the words that only say which crate or file it came from.
fn words(error: &TemplateError) -> String {
    match error {
        TemplateError::Parse {
            line, col, message, ..
        }
        | TemplateError::Lex {
            line, col, message, ..
        } => {
            format!("{message} (line {line}, column {col} of the format)")
        }
        TemplateError::Exec(message) => message.clone(),
        TemplateError::MissingKey { key } => format!("there is no `.{key}`"),
        other => other.to_string(),
    }
}

/// Checks that every block has its `{{ end }}`: the parser takes the end of the text for one, and an `{{ end }}` too
/// many for the end of the text.
fn check_blocks(text: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some((_, action)) = rest.split_once("{{") {
        let body = action.strip_prefix('-').unwrap_or(action).trim_start();
        let word = &body[..body
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(body.len())];
        match word {
            "if" | "range" | "with" | "define" | "block" => open.push(word),
            "end" if open.pop().is_none() => return Err("an `{{ end }}` closes nothing".to_owned()),
            _ => {}
        }
        rest = &action[action_len(action)..];
    }
    open.pop().map_or(Ok(()), |word| {
        Err(format!("a `{{{{ {word} }}}}` has no `{{{{ end }}}}`"))
    })
}

/// Bytes of an action up to and with its `}}`, which does not count inside a string or a comment.
fn action_len(action: &str) -> usize {
    if let Some(comment) = action
        .strip_prefix("- ")
        .unwrap_or(action)
        .trim_start()
        .strip_prefix("/*")
    {
        let start = action.len() - comment.len();
        let end = comment.find("*/").map_or(action.len(), |at| start + at);
        return action[end..]
            .find("}}")
            .map_or(action.len(), |at| end + at + 2);
    }
    let bytes = action.as_bytes();
    let (mut at, mut quote) = (0, None);
    while at < bytes.len() {
        match (bytes[at], quote) {
            (b'\\', Some(b'"' | b'\'')) => at += 1,
            (b, Some(q)) if b == q => quote = None,
            (b @ (b'"' | b'\'' | b'`'), None) => quote = Some(b),
            (b'}', None) if bytes.get(at + 1) == Some(&b'}') => return at + 2,
            _ => {}
        }
        at += 1;
    }
    action.len()
}

/// The one command of a template that has nothing else but white space.
fn only_command(body: &ListNode) -> Option<&[Expr]> {
    let mut only = None;
    for node in &body.nodes {
        match node {
            Node::Text(text) if text.text.trim().is_empty() => {}
            Node::Action(action) if only.is_none() && action.pipe.decl.is_empty() => {
                match &action.pipe.commands[..] {
                    [command] => only = Some(&command.args[..]),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    only
}

/// Names of the functions that a list of nodes calls.
fn collect_list<'a>(list: &'a ListNode, names: &mut Vec<&'a str>) {
    for node in &list.nodes {
        match node {
            Node::List(inner) => collect_list(inner, names),
            Node::Action(action) => collect_pipe(&action.pipe, names),
            Node::If(branch) | Node::Range(branch) | Node::With(branch) => {
                collect_pipe(&branch.pipe, names);
                collect_list(&branch.body, names);
                branch
                    .else_body
                    .iter()
                    .for_each(|body| collect_list(body, names));
            }
            Node::Template(call) => call.pipe.iter().for_each(|pipe| collect_pipe(pipe, names)),
            Node::Define(define) => collect_list(&define.body, names),
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }
}

fn collect_pipe<'a>(pipe: &'a PipeNode, names: &mut Vec<&'a str>) {
    pipe.commands
        .iter()
        .flat_map(|command| &command.args)
        .for_each(|arg| collect_expr(arg, names));
}

fn collect_expr<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    match expr {
        Expr::Identifier(_, name) => names.push(name),
        Expr::Pipe(_, pipe) => collect_pipe(pipe, names),
        Expr::Chain(_, inner, _) => collect_expr(inner, names),
        _ => {}
    }
}

impl Explain for FormatError {
    fn explain(self) -> Problem {
        let hint = self.hint();
        Problem {
            hint,
            ..Problem::new(self.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(text: &str) -> (String, Option<String>) {
        let error = Format::parse(text).unwrap_err();
        (error.to_string(), error.hint())
    }

    #[test]
    fn shorthands() {
        for (text, format) in [
            ("", Format::Default),
            ("  \n", Format::Default),
            ("json", Format::Json),
            ("{{ json . }}", Format::Json),
            ("sql", Format::Default),
            ("mermaid", Format::Mermaid),
            ("{{ mermaid . }}", Format::Mermaid),
            ("{{ sql . }}", Format::SqlIndent(String::new())),
            (r#"{{ sql . "  " }}"#, Format::SqlIndent("  ".into())),
            ("{{- sql . \"\\t\" -}}\n", Format::SqlIndent("\t".into())),
        ] {
            assert_eq!(Format::parse(text).unwrap(), format, "{text}");
        }
    }

    #[test]
    fn a_plan_goes_through_a_template() {
        let plan = json!({"Version": "20240102030405", "Name": "add_age", "Changes": [
            {"Cmd": "CREATE TABLE a (x int)", "Comment": "create a", "Reverse": "DROP TABLE a"},
            {"Cmd": "SELECT 1", "Comment": "", "Reverse": ""},
        ]});
        let render = |text: &str| match Format::parse(text).unwrap() {
            Format::Template(template) => template.render(&plan).map_err(|e| e.to_string()),
            other => panic!("{other:?}"),
        };
        let text = "-- {{ .Version }} {{ upper .Name }}\n{{ range .Changes }}{{ with .Comment }}-- {{ . }}\n{{ end }}{{ printf \"%s;\" .Cmd }}\n{{ end }}";
        assert_eq!(
            render(text).unwrap(),
            "-- 20240102030405 ADD_AGE\n-- create a\nCREATE TABLE a (x int);\nSELECT 1;\n"
        );
        assert_eq!(
            render("{{ range rev .Changes }}{{ .Reverse }};{{ end }}").unwrap(),
            ";DROP TABLE a;"
        );
        assert_eq!(
            render(r#"{{ json (index .Changes 1) }}"#).unwrap(),
            r#"{"Cmd":"SELECT 1","Comment":"","Reverse":""}"#
        );
        assert_eq!(render(r#"{{ add (len .Changes) 1 }} {{ replace .Name "_" "-" }} {{ join (split "a,b" ",") "+" }}"#).unwrap(), "3 add-age a+b");
        assert_eq!(
            render(r#"{{ json . "  " }}"#).unwrap().lines().nth(1),
            Some("  \"Changes\": [")
        );
        assert_eq!(
            render(r#"{{ cyan (indent_ln "a\nb" 2) }}"#).unwrap(),
            "a\n  b"
        );
        assert_eq!(
            render("{{ .Versoin }}").unwrap_err(),
            "format failed: there is no `.Versoin`"
        );
        assert_eq!(
            render("{{ add .Name 1 }}").unwrap_err(),
            "format failed: add takes integers"
        );
    }

    #[test]
    fn a_diagram_may_be_part_of_a_text() {
        let Format::Template(template) = Format::parse("```mermaid\n{{ mermaid . }}```").unwrap()
        else {
            panic!("not a template")
        };
        let text = template.render_with_diagram(&json!({}), "erDiagram\n");
        assert_eq!(text.unwrap(), "```mermaid\nerDiagram\n```");
        assert_eq!(
            template.render(&json!({})).unwrap_err().to_string(),
            "format failed: `mermaid` works with `schema inspect` only"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mixed = "invalid format: `sql` can only stand alone, to indent statements";
        for text in [
            "-- x\n{{ sql . }}",
            "{{ sql . }}{{ .Name }}",
            r#"{{ range .Changes }}{{ sql . "  " }}{{ end }}"#,
            "{{ sql . | upper }}",
            r#"{{ define "a" }}{{ end }}{{ sql . }}"#,
        ] {
            assert_eq!(error(text).0, mixed, "{text}");
        }
        for text in [
            r#"{{ sql . "--" }}"#,
            "{{ sql }}",
            "{{ sql . 2 }}",
            "{{ sql .Changes }}",
        ] {
            assert_eq!(
                error(text).0,
                "invalid format: `sql` takes `.` and an indent of spaces or tabs",
                "{text}"
            );
        }
        assert_eq!(
            error("{{ uper .Name }}"),
            (
                "invalid format: unknown function `uper`".into(),
                Some("did you mean `upper`?".into())
            )
        );
        assert_eq!(
            error(r#"{{ sq1 . "  " }}"#).1.as_deref(),
            Some("did you mean `sql`?")
        );
        assert_eq!(
            error("yaml").0,
            "invalid format: it is neither `json`, `sql` nor `mermaid`, and no template"
        );
        assert_eq!(
            error("a\n{{ if .X }}").0,
            "invalid format: a `{{ if }}` has no `{{ end }}`"
        );
        assert_eq!(
            error("{{ .X").0,
            "invalid format: unclosed action (line 1, column 6 of the format)"
        );
        assert_eq!(
            error("{{ if }}{{ end }}").0,
            "invalid format: empty command (line 1, column 9 of the format)"
        );
        assert_eq!(
            error("{{ .X }}{{ end }}").0,
            "invalid format: an `{{ end }}` closes nothing"
        );
        assert!(Format::parse("{{/* {{ if */}}{{ if .X }}{{ \"}}{{ if\" }}{{- end -}}").is_ok());
    }

    #[test]
    fn any_text_is_judged_without_a_panic() {
        let data = json!({"Version": "1", "Name": "n", "Changes": [{"Cmd": "c"}]});
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            for text in [
                format!("{{{{{text}}}}}"),
                format!("{{{{ sql . {text} }}}}"),
                text,
            ] {
                if let Ok(Format::Template(template)) = Format::parse(&text) {
                    let _ = template.render(&data);
                }
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
