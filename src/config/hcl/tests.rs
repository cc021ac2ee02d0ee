//! Tests of reading `atlas.hcl`.

use std::path::Path;

use super::super::{Env, ExecOrder, Flags, Format, Object, Source, Verb};

fn environment(name: &str) -> Option<String> {
    match name {
        "DB_PASSWORD" => Some("p@ss:/#%".to_owned()),
        "HOST" => Some("db.example".to_owned()),
        _ => None,
    }
}

fn load_with(text: &str, env: Option<&str>, vars: &[(&str, &str)]) -> Result<Env, String> {
    let vars: Vec<(String, String)> = vars
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    super::load(
        "atlas.hcl",
        text,
        Path::new("/nowhere"),
        env,
        &vars,
        &super::World {
            environment: &environment,
            fence: None,
            unread: Vec::new(),
            needs: crate::config::Needs::Environment,
            today: time::macros::date!(2027 - 01 - 01),
            fleet: None,
        },
    )
    .map_err(|e| e.to_string())
}

fn load(text: &str) -> Env {
    load_with(text, Some("local"), &[]).unwrap_or_else(|error| panic!("{error}"))
}

const GUIDE: &str = r#"data "external_schema" "sqlalchemy" {
  program = [
    "atlas-provider-sqlalchemy",
    "--path", "./db",
    "--dialect", "postgresql" // mysql | mariadb | sqlite | mssql
  ]
}

env "sqlalchemy" {
  src = data.external_schema.sqlalchemy.url
  dev = "local://postgres"
  migration {
    dir = "file://migrations"
  }
  format {
    migrate {
      diff = "{{ sql . \"  \" }}"
    }
  }
}
"#;

#[test]
fn the_guide_is_read_as_it_stands() {
    for text in [
        GUIDE.to_owned(),
        GUIDE.replace('\n', "\r\n"),
        format!("\u{feff}{GUIDE}"),
    ] {
        let env = load_with(&text, Some("sqlalchemy"), &[]).unwrap();
        let Source::External(external) = &env.src[0].value else {
            panic!("{:?}", env.src)
        };
        assert_eq!(
            external.program,
            [
                "atlas-provider-sqlalchemy",
                "--path",
                "./db",
                "--dialect",
                "postgresql"
            ]
        );
        assert_eq!(
            (
                external.working_dir.clone(),
                external.position.to_string().as_str()
            ),
            (None, "atlas.hcl:1:1")
        );
        assert_eq!(env.src[0].origin.to_string(), "atlas.hcl:10:9");
        assert_eq!(env.dev.as_ref().unwrap().to_string(), "local://postgres");
        assert_eq!(
            env.dev.as_ref().unwrap().origin.to_string(),
            "atlas.hcl:11:9"
        );
        assert_eq!(env.migration.dir, Path::new("migrations"));
        assert_eq!(env.format.migrate_diff, Format::SqlIndent("  ".to_owned()));
        assert_eq!(
            (env.name.as_str(), env.config.as_deref()),
            ("sqlalchemy", Some("atlas.hcl"))
        );
    }
}

/// Every block and attribute that an environment can have, and one environment that could not be evaluated.
const FULL: &str = include_str!("../../../tests/data/config/full.hcl");

#[test]
fn an_environment_in_full() {
    let env = load(FULL);
    let url = &env.url.as_ref().unwrap().value;
    assert_eq!(url.to_string(), "postgres://me:***@db.example:5433/acme");
    assert_eq!(url.password().unwrap().expose(), "p@ss:/#%");
    assert_eq!(
        env.dev.as_ref().unwrap().param("search_path"),
        Some("public")
    );
    assert_eq!(
        env.src.iter().map(|s| s.value.clone()).collect::<Vec<_>>(),
        [Source::File("a.sql".into()), Source::File("b.sql".into())]
    );
    assert_eq!(
        (env.schemas.join(" "), env.exclude.join(" ")),
        ("public audit".into(), "*.tmp_*".into())
    );
    assert_eq!(
        env.attrs
            .0
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect::<Vec<_>>(),
        [r#"tenant="ACME""#]
    );
    let m = &env.migration;
    assert_eq!(
        (m.dir.to_str(), m.exec_order, m.lock_timeout.as_secs()),
        (Some("db/migrations"), ExecOrder::NonLinear, 90)
    );
    assert_eq!(
        (m.baseline.as_deref(), m.revisions_schema.as_deref()),
        (Some("20240101000000"), Some("meta"))
    );
    assert!(
        env.diff.skips(Verb::Drop, Object::Table) && !env.diff.skips(Verb::Drop, Object::Schema)
    );
    assert!(env.diff.concurrent_index.create && env.diff.concurrent_index.drop);
    let Format::Template(template) = &env.format.migrate_diff else {
        panic!("{:?}", env.format.migrate_diff)
    };
    assert_eq!(
        template.source(),
        "{{ range .Changes }}{{ .Cmd }};\n{{ end }}\n"
    );
    assert_eq!(env.format.schema_inspect, Format::SqlIndent("\t".into()));
    assert!(!format!("{env:?}").contains("p@ss") && !format!("{env:?}").contains("ACME"));
}

/// The value of an expression, as JSON, or the first line of the error.
fn eval(expr: &str) -> String {
    let text = format!(
        "variable \"v\" {{\n  default = \"V\"\n}}\nlocals {{\n  n = 3\n  s = \"ab\"\n  l = [\"a\", \"b\"]\n  m = {{ x = 1, y = {{ z = 2 }} }}\n}}\nenv \"local\" {{\n  out = {expr}\n}}\n"
    );
    match load_with(&text, Some("local"), &[]) {
        Ok(env) => env
            .attrs
            .0
            .get("out")
            .map_or("null".to_owned(), ToString::to_string),
        Err(error) => error
            .lines()
            .next()
            .unwrap()
            .split_once(": ")
            .map_or("", |(_, message)| message)
            .to_owned(),
    }
}

/// Expressions with their value as JSON, or the error.
const EXPRESSIONS: &[(&str, &str)] = &[
    ("1 + 2 * 3 - 4 / 8", "6.5"),
    ("-(7 % 4)", "-3"),
    ("9223372036854775807 + 1", "9.223372036854776e+18"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("0.1 + 0.2 > 0.3 ? 1 : 2", "1"),
    ("true && !false || nope", "true"),
    ("false && nope", "false"),
    ("1 == 1.0", "true"),
    (r#"1 == "1""#, "false"),
    (r#"local.n != 3 ? "a" : "b""#, r#""b""#),
    (
        r#""${local.s}-${local.n}-$${x}-%%{y}""#,
        r#""ab-3-${x}-%{y}""#,
    ),
    (r#""${local.l}""#, r#"["a","b"]"#),
    (r#""a ${~ local.s ~} b""#, r#""aabb""#),
    (
        r#""%{ for x in local.l }${x};%{ endfor }%{ if local.n > 2 ~} yes%{ else }no%{ endif }""#,
        r#""a;b;yes""#,
    ),
    (r#""%{ if false }a%{ endif }.""#, r#"".""#),
    (
        "[for i, x in local.l : \"${i}${x}\" if x != \"a\"]",
        r#"["1b"]"#,
    ),
    (
        "{ for k, v in { b = 1, a = 2 } : upper(k) => v + 1 }",
        r#"{"A":3,"B":2}"#,
    ),
    (
        r#"{ for x in ["aa", "ab", "b"] : substr(x, 0, 1) => x... }"#,
        r#"{"a":["aa","ab"],"b":["b"]}"#,
    ),
    ("local.m.y.z + local.m[\"x\"]", "3"),
    ("local.l[1]", r#""b""#),
    ("local.l.0", r#""a""#),
    ("[{ a = 1 }, { a = 2 }][*].a", "[1,2]"),
    ("[{ a = 1 }, { a = 2 }].*.a", "[1,2]"),
    ("local.n[*]", "[3]"),
    ("{ (local.s) = 1, \"q k\" : 2 }", r#"{"ab":1,"q k":2}"#),
    (
        "max(local.l...)",
        "`max`: argument 1 must be a number, got a string",
    ),
    ("max([1, 5, 2]...)", "5"),
    ("<<-EOT\n    a\n      ${local.n}\n  EOT", r#""a\n  3\n""#),
    ("try(local.m.nope, local.nope, \"x\")", r#""x""#),
    ("can(local.m.nope)", "false"),
    ("can(local.m.x)", "true"),
    ("atlas.env", r#""local""#),
    ("null", "null"),
    ("[null]", "[null]"),
    ("-\"a\"", "expected a number, got a string"),
    ("local.n.x", "a number has no attribute `x`"),
    ("{ a = 1, (\"a\") = 2 }", "key `a` is given twice"),
    (
        "each.key",
        "`each` is a database of `for_each`, and has a meaning in `url` alone",
    ),
    (
        "docker.postgres.dev.url",
        "`docker` blocks are not supported yet",
    ),
    ("ns::f()", "functions have no namespaces here"),
    ("var", "unknown variable `var`"),
];

#[test]
fn expressions() {
    for (expr, value) in EXPRESSIONS {
        assert_eq!(eval(expr), *value, "{expr}");
    }
}

/// Calls with their value as JSON, or the error.
const FUNCTIONS: &[(&str, &str)] = &[
    (
        r#"format("%s-%05d-%-4s|%.2f|%x|%t|%v|%q|%%|%+d|%8.3s|", "a", 42, "b", 1.005, 255, true, [1, "x"], "q\"", 7, "abcdef")"#,
        r#""a-00042-b   |1.00|ff|true|[1,\"x\"]|\"q\\\"\"|%|+7|     abc|""#,
    ),
    (r#"format("%s")"#, "`format`: `%s` has no value: 0 given"),
    (
        r#"format("a", 1)"#,
        "`format`: there are more values than `%` verbs: 1 given, 0 used",
    ),
    (
        r#"format("%d", "x")"#,
        "`format`: argument 2 must be a number, got a string",
    ),
    (r#"format("%y", 1)"#, "`format`: unknown verb `%y`"),
    (
        r#"format("%999999999999999999999s", 1)"#,
        "`format`: a width or precision is at most 10000",
    ),
    (r#"join(",", local.l, ["c"])"#, r#""a,b,c""#),
    (r#"split(",", "a,b,")"#, r#"["a","b",""]"#),
    (r#"split("", "äb")"#, r#"["ä","b"]"#),
    (r#"lower("ÄB")"#, r#""äb""#),
    (
        r#"title("hello big_world it's")"#,
        r#""Hello Big_world It's""#,
    ),
    (r#"trim("xxayx", "x")"#, r#""ay""#),
    (r#"trimspace(" a ")"#, r#""a""#),
    (r#"trimprefix("v1", "v")"#, r#""1""#),
    (r#"trimsuffix("a.sql", ".sql")"#, r#""a""#),
    (r#"chomp("a\r\n\n")"#, r#""a""#),
    (r#"replace("a-b", "-", "_")"#, r#""a_b""#),
    (
        r#"replace("a", "/a/", "")"#,
        "`replace`: regular expressions are not supported yet",
    ),
    (
        r#"startswith("abc", "ab") && endswith("abc", "bc")"#,
        "true",
    ),
    (r#"substr("hello", 1, 3)"#, r#""ell""#),
    (r#"substr("hello", -3, -1)"#, r#""llo""#),
    (r#"strrev("abc")"#, r#""cba""#),
    (r#"indent(2, "a\nb")"#, r#""a\n  b""#),
    (r#"length("äb") + length([1]) + length({})"#, "3"),
    ("concat([1], [2, 3])", "[1,2,3]"),
    (r#"contains(local.l, "b")"#, "true"),
    ("keys({ b = 1, a = 2 })", r#"["a","b"]"#),
    ("values({ b = 1, a = 2 })", "[2,1]"),
    (r#"lookup({ a = 1 }, "b", 9)"#, "9"),
    (r#"lookup({ a = 1 }, "b")"#, "`lookup`: there is no key `b`"),
    (
        "merge({ a = 1, b = 1 }, null, { b = 2 })",
        r#"{"a":1,"b":2}"#,
    ),
    ("flatten([[1, [2]], 3])", "[1,2,3]"),
    ("distinct([1, 1.0, 2])", "[1,2]"),
    (r#"compact(["a", "", null])"#, r#"["a"]"#),
    (r#"sort(["b", "a"])"#, r#"["a","b"]"#),
    ("reverse([1, 2])", "[2,1]"),
    ("element([1, 2, 3], 4)", "2"),
    ("element([], 0)", "`element`: the list is empty"),
    (r#"index(["a", "b"], "b")"#, "1"),
    ("slice([1, 2, 3], 1, 3)", "[2,3]"),
    (
        "slice([1], 1, 3)",
        "`slice`: 1 to 3 is out of range: the list's length is 1",
    ),
    ("chunklist([1, 2, 3], 2)", "[[1,2],[3]]"),
    ("coalescelist([], [1])", "[1]"),
    ("range(3)", "[0,1,2]"),
    ("range(5, 1, -2)", "[5,3]"),
    ("range(0, 5000)", "`range`: makes more than 1024 elements"),
    (r#"zipmap(["a"], [1])"#, r#"{"a":1}"#),
    (r#"toset(["b", "a", "b"])"#, r#"["a","b"]"#),
    (r#"setsubtract(["a", "b"], ["a"])"#, r#"["b"]"#),
    (r#"setintersection(["a", "b"], ["a"])"#, r#"["a"]"#),
    (r#"setunion(["b"], ["a"])"#, r#"["a","b"]"#),
    (
        "abs(-2) + ceil(1.2) + floor(1.8) + max(1, 2) + min(3, 4) + signum(-5)",
        "9",
    ),
    (r#"parseint("ff", 16)"#, "255"),
    (r#"tonumber("1.50")"#, "1.5"),
    (
        r#"tonumber("inf")"#,
        "`tonumber`: expected a number, got other text",
    ),
    ("tostring(1.0)", r#""1""#),
    (r#"tobool("true")"#, "true"),
    (
        r#"jsonencode({ b = [1, null], a = "x" })"#,
        r#""{\"a\":\"x\",\"b\":[1,null]}""#,
    ),
    (r#"jsondecode("{\"a\": [1]}").a[0]"#, "1"),
    (
        r#"jsondecode("secret")"#,
        "`jsondecode`: not JSON: line 1, column 1",
    ),
    (r#"urlescape("a b/@")"#, r#""a+b%2F%40""#),
    (
        r#"urlqueryset("postgres://h/db?a=1", "search_path", "x y")"#,
        r#""postgres://h/db?a=1&search_path=x+y""#,
    ),
    (
        r#"urlsetpath("mysql://h:1/a?x=1", "b")"#,
        r#""mysql://h:1/b?x=1""#,
    ),
    (
        r#"urluserinfo("mysql://h", "u", "p@")"#,
        r#""mysql://u:p%40@h""#,
    ),
    (r#"urluserinfo("mysql://h", "u")"#, r#""mysql://u@h""#),
    (
        r#"urluserinfo("nope", "u")"#,
        "`urluserinfo`: not a URL: it does not start with a scheme such as `postgres://`",
    ),
    (r#"getenv("HOST")"#, r#""db.example""#),
    (r#"getenv("NOPE")"#, r#""""#),
    ("print(local.n)", "3"),
];

#[test]
fn functions() {
    for (expr, value) in FUNCTIONS {
        assert_eq!(eval(expr), *value, "{expr}");
    }
}

#[test]
fn variables_are_converted_and_lists_collect() {
    let text = r#"
variable "tenants" {
  type    = list(string)
  default = []
}
variable "ids" {
  type = set(number)
}
variable "map" {
  type = map(string)
}
variable "object" {
  type = object({ name = string, ports = tuple([int, bool]) })
}
variable "on" {
  type = bool
}
env "local" {
  out = [var.tenants, var.ids, var.map, var.object, var.on]
}
"#;
    let vars = [
        ("tenants", "b"),
        ("tenants", "a"),
        ("ids", "2"),
        ("ids", "1"),
        ("ids", "2"),
        ("map", r#"{"a": 1}"#),
        ("object", r#"{"name": "x", "ports": ["80", true]}"#),
        ("on", "true"),
    ];
    let env = load_with(text, Some("local"), &vars).unwrap();
    let out = r#"[["b","a"],[1,2],{"a":"1"},{"name":"x","ports":[80,true]},true]"#;
    assert_eq!(env.attrs.0["out"].to_string(), out);
    for (name, value, message) in [
        (
            "map",
            "{",
            "--var: variable `map`: expected a map written as JSON: error at column 1",
        ),
        (
            "object",
            "{}",
            "--var: variable `object`: key `name` is missing",
        ),
        (
            "object",
            r#"{"name": "x", "ports": [1]}"#,
            "--var: variable `object`: key `ports`: expected a list of 2, got a list",
        ),
        (
            "object",
            r#"{"nmae": 1, "name": "x", "ports": [1, true]}"#,
            "--var: variable `object`: unknown key `nmae`: did you mean `name`?",
        ),
        (
            "ids",
            "x",
            "--var: variable `ids`: element 2: expected a number, got other text",
        ),
        (
            "on",
            "yes",
            "--var: variable `on`: expected `true` or `false`, got other text",
        ),
    ] {
        let mut vars: Vec<(&str, &str)> = vars
            .iter()
            .copied()
            .filter(|(n, _)| *n != name || name == "ids")
            .collect();
        if name == "ids" {
            vars.truncate(4);
        }
        vars.push((name, value));
        for extra in [
            ("map", "{}"),
            ("object", r#"{"name": "x", "ports": [80, true]}"#),
            ("on", "true"),
        ] {
            if !vars.iter().any(|(n, _)| *n == extra.0) {
                vars.push(extra);
            }
        }
        assert_eq!(load_with(text, Some("local"), &vars).unwrap_err(), message);
    }
}

#[test]
fn labelled_environments_win_over_the_dynamic_one() {
    let text = r#"
env {
  name = atlas.env
  dev  = "sqlite://${atlas.env}"
}
env "prod" {
  dev = "sqlite://labelled"
}
"#;
    let dev = |env: &str| {
        load_with(text, Some(env), &[])
            .unwrap()
            .dev
            .unwrap()
            .location()
            .to_owned()
    };
    assert_eq!(
        (dev("prod").as_str(), dev("staging").as_str()),
        ("labelled", "staging")
    );
    assert_eq!(load_with(text, None, &[]).unwrap().dev, None);
    let fixed = "env {\n  name = \"ci\"\n  tag = \"x\"\n}\n";
    assert!(
        load_with(fixed, Some("ci"), &[])
            .unwrap()
            .attrs
            .0
            .contains_key("tag")
    );
    assert!(load_with(fixed, Some("local"), &[]).is_err());
}

#[test]
fn nothing_that_is_not_needed_is_evaluated() {
    let text = r#"
variable "required" {
  type = string
}
locals {
  unused = var.required
  broken = nope()
}
data "sql" "tenants" {
  url = local.broken
}
data "external_schema" "unused" {
  anything = 1
}
atlas {
  cloud {
    token = getenv("TOKEN")
  }
}
env "other" {
  url = var.required
}
env "local" {
  url = getenv("UNSET")
}
"#;
    let env = load(text);
    assert_eq!((env.url, env.src.len()), (None, 0));
}

#[test]
fn a_policy_of_the_top_level_completes_that_of_the_environment() {
    let text = r#"
diff {
  skip {
    drop_column = true
  }
  concurrent_index {
    create = true
  }
}
env "local" {
  diff {
    skip {
      drop_table = true
    }
  }
}
"#;
    let env = load(text);
    assert!(
        env.diff.skips(Verb::Drop, Object::Table) && !env.diff.skips(Verb::Drop, Object::Column)
    );
    assert!(env.diff.concurrent_index.create);
    let env = load_with(text, None, &[]).unwrap();
    assert!(env.diff.skips(Verb::Drop, Object::Column));
}

#[test]
fn depth_size_and_time_have_limits() {
    let mut chain = String::from("locals {\n  a0 = 1\n");
    let mut doubling = String::from("locals {\n  a0 = \"xxxxxxxx\"\n");
    for i in 1..400 {
        chain.push_str(&format!("  a{i} = ((((((((local.a{} + 1))))))))\n", i - 1));
        doubling.push_str(&format!("  a{i} = [local.a{0}, local.a{0}]\n", i - 1));
    }
    let tail = |n: usize| format!("}}\nenv \"local\" {{\n  out = local.a{n}\n}}\n");
    assert!(load_with(&(chain.clone() + &tail(20)), Some("local"), &[]).is_ok());
    let error = load_with(&(chain + &tail(399)), Some("local"), &[]).unwrap_err();
    assert!(error.contains("nest too deeply"), "{error}");
    let error = load_with(&(doubling + &tail(60)), Some("local"), &[]).unwrap_err();
    assert!(error.contains("is too large"), "{error}");
    let nested = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]";
    assert_eq!(eval(nested), "the configuration takes too long to evaluate");
    assert_eq!(eval(&format!("{}1{}", "(".repeat(60), ")".repeat(60))), "1");
    assert!(eval(&format!("{}1{}", "(".repeat(6000), ")".repeat(6000))).contains("nest"));
    assert_eq!(eval(&vec!["1"; 100].join(" + ")), "100");
}

/// Text made of what config files are made of, so that much of it parses.
const PIECES: &[&str] = &[
    "env",
    "\"local\"",
    "{",
    "}",
    "\n",
    "=",
    "var",
    "local",
    "data",
    ".",
    "\"external_schema\"",
    "[",
    "]",
    "(",
    ")",
    ",",
    "url",
    "src",
    "dev",
    "\"postgres://u:p@h\"",
    "variable",
    "locals",
    "type",
    "default",
    "string",
    "list(",
    "\"${",
    "}\"",
    "for",
    "in",
    ":",
    "=>",
    "...",
    "if",
    "?",
    "1",
    "-",
    "%{",
    "~",
    "<<EOT\n",
    "EOT\n",
    "*",
    "migration",
    "diff",
    "skip",
    "format(",
    "\"%s\"",
    "null",
    "true",
    "&&",
    "==",
    "try(",
    "merge(",
    " ",
    "#",
    "é",
    "\r\n",
    "\\",
    "$",
    "0",
];

#[test]
fn any_text_is_judged_without_a_panic() {
    arbtest::arbtest(|u| {
        let mut text = String::new();
        for _ in 0..u.arbitrary_len::<u16>()?.min(80) {
            text.push_str(u.choose(PIECES)?);
        }
        let raw: String = u.arbitrary()?;
        for text in [
            raw.as_str(),
            text.as_str(),
            &format!("env \"local\" {{\n  out = {text}\n}}\n"),
        ] {
            for env in [Some("local"), None] {
                let _ = load_with(text, env, &[("x", "1")]);
                let _ = load_with(text, env, &[]);
            }
        }
        Ok(())
    })
    .budget_ms(800);
}

#[test]
fn a_composite_schema_is_its_parts_in_order() {
    let text = r#"
data "external_schema" "models" {
  program = ["./ddl"]
}
data "composite_schema" "app" {
  schema {
    url = "file://extensions.sql"
  }
  schema "public" {
    url = data.external_schema.models.url
  }
  schema "public" {
    url = "file://triggers.sql"
  }
}
env "local" {
  src = data.composite_schema.app.url
  dev = "docker://postgres/17/dev"
}
"#;
    let env = load(text);
    assert_eq!(env.src[0].value, Source::File("extensions.sql".into()));
    assert!(matches!(env.src[1].value, Source::External(_)));
    assert_eq!(env.src[2].value, Source::File("triggers.sql".into()));
    assert_eq!(env.src[2].origin.to_string(), "atlas.hcl:13:11");
    assert_eq!(env.composed.len(), 2);
    let flags = Flags::default();
    assert!(env.apply(&flags).is_ok());
    let other = load(&text.replace(
        "schema \"public\" {\n    url = \"file",
        "schema \"audit\" {\n    url = \"file",
    ));
    let error = other.clone().apply(&flags).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "atlas.hcl:12:10: a part of the desired state can't be put into schema `audit`"
        ),
        "{error}"
    );
    // What is not used is not judged, and the dev database may be that schema's.
    let flags = Flags {
        to: vec!["file://x.sql".into()],
        ..flags
    };
    assert!(other.apply(&flags).is_ok());
    let scoped = text
        .replace("\"public\"", "\"audit\"")
        .replace("17/dev", "17/dev?search_path=audit");
    assert!(load(&scoped).apply(&Flags::default()).is_ok());
}

#[test]
fn a_composite_schema_has_parts_with_sources() {
    let message = |inside: &str| {
        let text = format!(
            "data \"composite_schema\" \"app\" {{\n{inside}}}\nenv \"local\" {{\n  src = data.composite_schema.app.url\n}}\n"
        );
        let error = load_with(&text, Some("local"), &[]).unwrap_err();
        error.lines().next().unwrap_or_default().to_owned()
    };
    for (inside, expected) in [
        (
            "",
            "atlas.hcl:1:1: `data \"composite_schema\" \"app\"` is empty",
        ),
        (
            "  schema \"public\" {\n  }\n",
            "atlas.hcl:2:3: `schema` needs a `url`",
        ),
        (
            "  schema {\n    ulr = \"file://x.sql\"\n  }\n",
            "atlas.hcl:3:5: unknown attribute `ulr` in `schema`",
        ),
        (
            "  schema \"a\" \"b\" {\n  }\n",
            "atlas.hcl:2:14: a `schema` has one label: its name",
        ),
        (
            "  schema {\n    url = data.composite_schema.app.url\n  }\n",
            "atlas.hcl:3:37: `data.composite_schema.app` refers to itself: `data.composite_schema.app` → `data.composite_schema.app`",
        ),
    ] {
        assert_eq!(message(inside), expected);
    }
}
