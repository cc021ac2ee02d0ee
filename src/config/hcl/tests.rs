//! Tests of reading `atlas.hcl`.

use std::path::Path;

use super::super::{Env, ExecOrder, Format, Object, Review, Source, Verb};

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
        &environment,
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
        (
            m.baseline.as_deref(),
            m.revisions_schema.as_deref(),
            m.repo.as_deref()
        ),
        (Some("20240101000000"), Some("meta"), Some("app"))
    );
    assert!(
        env.diff.skips(Verb::Drop, Object::Table) && !env.diff.skips(Verb::Drop, Object::Schema)
    );
    assert!(env.diff.concurrent_index.create && env.diff.concurrent_index.drop);
    assert_eq!(
        (
            env.lint.latest,
            env.lint.git_base.as_deref(),
            env.lint.review
        ),
        (None, Some("main"), Review::Warning)
    );
    assert_eq!(env.lint.analyzers["destructive"]["error"], false);
    assert_eq!(env.format.migrate_apply, Format::Json);
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
