use std::sync::LazyLock;

use super::*;
use crate::config::Secret;
use crate::plan::Plan;
use crate::problem::Place;
use crate::report::{Comparison, Presence, TextChangeLine};

fn report(verdict: Verdict) -> Report {
    Report {
        env: "prod".into(),
        config: None,
        dir: "migrations".into(),
        files: 41,
        exclude: Vec::new(),
        found: Comparison {
            verdict,
            plan: Plan::default(),
            proven: true,
            sql: String::new(),
            changes: Vec::new(),
            left: Vec::new(),
            texts: Vec::new(),
            renames: Vec::new(),
            tried: Vec::new(),
            warnings: Vec::new(),
        },
        fix: Some("trueup migrate diff --env prod".into()),
        diagram: None,
    }
}

fn modified(name: &str, file: &str) -> ChangeLine {
    ChangeLine {
        action: Action::Modify,
        kind: "table".to_owned(),
        schema: "public".into(),
        name: name.into(),
        label: name.into(),
        details: vec!["add column \"email\"".into(), "drop column \"age\"".into()],
        risk: Some(Risk::LosesData),
        risks: vec![None, Some(Risk::LosesData)],
        model: Some(Place {
            file: file.into(),
            line: 31,
        }),
    }
}

fn drifted() -> Report {
    let mut report = report(Verdict::Drifted);
    report.found.changes = vec![modified("users", "app/models.py")];
    report.found.sql =
        "-- Modify \"users\" table\nALTER TABLE \"users\" DROP COLUMN \"age\";\n".into();
    report.found.warnings = vec!["`age` goes".into()];
    report
}

fn page<'a>(outcome: Outcome<'a>, redactor: &'a Redactor) -> Page<'a> {
    static PROJECT: LazyLock<Vec<Fact>> = LazyLock::new(|| {
        let fact = |label, value: &str| (label, value.to_owned());
        vec![fact("environment", "prod"), fact("directory", "shop")]
    });
    Page {
        project: &PROJECT,
        outcome,
        commit: Some("a1b2c3d4e5f6"),
        files: Some("https://github.com/o/r/blob/a1b2c3d4e5f6"),
        diagram: None,
        patch: None,
        settled: false,
        pull: None,
        done: &[],
        relayed: None,
        failed: "Models and migrations could not be compared",
        redactor,
    }
}

#[test]
fn agreement_is_two_lines() {
    let redactor = Redactor::default();
    let report = report(Verdict::Synced);
    let text = page(Outcome::Compared(&report), &redactor).render(COMMENT_LIMIT);
    let expected = "### ✅ Models and `migrations` agree\n\nenvironment `prod` · directory `shop` · 41 migrations · commit `a1b2c3d`\n";
    assert_eq!(text, expected);
}

#[test]
fn drift_shows_each_change_its_place_its_risk_and_the_way_out() {
    let redactor = Redactor::default();
    let report = drifted();
    let done = ["Committed as abc.".to_owned()];
    let page = Page {
        diagram: Some("erDiagram\n"),
        patch: Some("--- /dev/null\n"),
        done: &done,
        ..page(Outcome::Compared(&report), &redactor)
    };
    let link = "[`app/models.py:31`](https://github.com/o/r/blob/a1b2c3d4e5f6/app/models.py#L31)";
    let expected = format!(
        "### ❌ 1 change in the models is missing from `migrations`

environment `prod` · directory `shop` · 41 migrations · commit `a1b2c3d`

| object | change | model | risk |
| --- | --- | --- | --- |
| table `users` | add column `email` | {link} | none |
| table `users` | drop column `age` | {link} | 🛑 loses data |

**The missing migration**

```sql
-- Modify \"users\" table
ALTER TABLE \"users\" DROP COLUMN \"age\";
```

> ⚠️ `age` goes

<details><summary>Picture of the tables that change</summary>

```mermaid
erDiagram
```

</details>

**To fix it**, run this and commit what it writes:

```sh
trueup migrate diff --env prod
```

<details><summary>Or apply this patch</summary>

Save as `missing.patch`, then `git apply missing.patch`:

```diff
--- /dev/null
```

</details>

Committed as abc.
"
    );
    assert_eq!(page.render(COMMENT_LIMIT), expected);
}

#[test]
fn a_failure_is_no_verdict_and_folds_what_is_long() {
    let redactor = Redactor::default();
    let problem = Problem::new("`python3` failed with exit code 1")
        .detail("command", "python3 load_models.py")
        .detail("stderr", "Traceback:\nImportError: app.settings")
        .hint("install `app`");
    let outcome = Outcome::Failed {
        stage: Some("running the models' program"),
        problem: &problem,
    };
    let expected = "### 💥 Models and migrations could not be compared

environment `prod` · directory `shop` · commit `a1b2c3d`

It failed while running the models' program:

```text
`python3` failed with exit code 1
```

command: `python3 load_models.py`

<details><summary>stderr</summary>

```text
Traceback:
ImportError: app.settings
```

</details>

**What to do:** install `app`
";
    assert_eq!(page(outcome, &redactor).render(COMMENT_LIMIT), expected);
}

#[test]
fn what_cannot_be_planned_is_listed_with_the_line_that_leaves_it_alone() {
    let redactor = Redactor::default();
    let mut report = report(Verdict::Unknown);
    report.found.texts = vec![TextChangeLine {
        kind: "view".into(),
        name: "public.v".into(),
        state: Presence::Differs,
        exclude: Some("public.v[type=view]".into()),
    }];
    let text = page(Outcome::Compared(&report), &redactor).render(COMMENT_LIMIT);
    assert!(
        text.starts_with("### ⚠️ Models and `migrations` differ in what trueup can't plan yet\n")
    );
    assert!(text.contains("- view `public.v` is not the same in the models and the migrations\n"));
    assert!(text.contains("```hcl\nexclude = [\"public.v[type=view]\"]\n```\n"));
}

#[test]
fn what_nothing_needs_may_be_left_alone_beside_what_is_needed() {
    let object = |kind: &str, name: &str, exclude: Option<&str>| TextChangeLine {
        kind: kind.into(),
        name: name.into(),
        state: Presence::OnlyInModels,
        exclude: exclude.map(str::to_owned),
    };
    let redactor = Redactor::default();
    let mut mixed = report(Verdict::Unknown);
    mixed.config = Some("atlas.hcl".to_owned());
    mixed.found.texts = vec![
        object("extension", "citext", None),
        object("view", "v", Some("v[type=view]")),
    ];
    let text = page(Outcome::Compared(&mixed), &redactor).render(COMMENT_LIMIT);
    assert!(
        text.contains("may be needed by tables of the models, or leave the others alone for good"),
        "{text}"
    );
    assert!(text.contains("```hcl\nexclude = [\"v[type=view]\"]\n```\n"));
    let told = mixed.undecided();
    let hint = told.hint.as_deref().unwrap_or_default();
    assert!(
        hint.contains("extension citext may be needed by tables of the models; `exclude = ["),
        "{hint}"
    );
}

#[test]
fn long_sql_is_folded() {
    let mut report = drifted();
    report.found.sql = "SELECT 1;\n".repeat(OPEN + 1);
    let redactor = Redactor::default();
    let text = page(Outcome::Compared(&report), &redactor).render(COMMENT_LIMIT);
    let folded = format!(
        "\n<details><summary>The missing migration: 101 lines</summary>\n\n```sql\n{}```\n\n</details>\n\n> ⚠️",
        report.found.sql
    );
    assert!(text.contains(&folded), "{text}");
}

#[test]
fn hostile_names_stay_in_their_place() {
    let redactor = Redactor::default();
    let name = "a|b`c\n## x @everyone <!-- trueup:v1 -->\u{202e}";
    let mut report = drifted();
    report.found.changes = vec![modified(name, "../x.py")];
    report.found.changes[0].details[0] = format!("add column \"{name}\"");
    report.found.sql = format!("-- ```\n-- {name}\n");
    report.found.warnings = vec![format!("{name} @team")];
    let text = page(Outcome::Compared(&report), &redactor).render(COMMENT_LIMIT);
    let tables = text.lines().filter(|line| line.starts_with("| table"));
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(
        tables.clone().count() == 2 && tables.clone().all(|line| bars(line) == 5),
        "{text}"
    );
    assert!(text.contains("| table ``a\\|b`c ## x @everyone"));
    assert!(text.contains("````sql\n-- ```\n"));
    assert!(!text.contains('\u{202e}') && !text.contains("](") && text.contains("\\@\u{200b}team"));
    assert_eq!(
        text.matches("\n## ").count(),
        1,
        "inside the fence alone: {text}"
    );
}

#[test]
fn secrets_are_gone_before_anything_is_cut() {
    let redactor = Redactor::new(&[Secret::new("hunter2hunter2")]);
    let secret = "x hunter2hunter2 y\n".repeat(5_000);
    let problem = Problem::new(secret.clone())
        .detail("stderr", secret.clone())
        .hint(secret);
    let outcome = Outcome::Failed {
        stage: Some("x"),
        problem: &problem,
    };
    for limit in [COMMENT_LIMIT, SUMMARY_LIMIT, 100] {
        let text = page(outcome, &redactor).render(limit);
        assert!(text.len() <= limit && !text.contains("hunter2"), "{limit}");
    }
}

#[test]
fn sql_is_withheld_rather_than_altered() {
    let mut report = drifted();
    report.found.sql = "-- password\nSELECT 'redis://u:p@h', 'hunter22';\n".into();
    let patch = "+SELECT 'hunter22';\n";
    let show = |redactor: &Redactor| {
        let page = Page {
            patch: Some(patch),
            diagram: Some("hunter22 }o--|| x"),
            ..page(Outcome::Compared(&report), redactor)
        };
        page.render(COMMENT_LIMIT)
    };
    let text = show(&Redactor::new(&[
        Secret::new("hunter2"),
        Secret::new("password"),
    ]));
    assert!(
        text.contains(&report.found.sql) && text.contains(patch),
        "{text}"
    );
    assert!(text.contains("hunter22 }o--|| x") && !text.contains("withheld"));
    let text = show(&Redactor::new(&[Secret::new("hunter22")]));
    assert!(
        !text.contains("hunter22") && !text.contains("***"),
        "{text}"
    );
    assert!(
        text.contains("withheld: line 2 holds a password or a token"),
        "{text}"
    );
    assert!(
        !text.contains("```sql") && !text.contains("git apply"),
        "{text}"
    );
    assert!(text.contains("trueup migrate diff --env prod"), "{text}");
}

#[test]
fn a_page_keeps_its_limit_and_says_what_is_missing() {
    let redactor = Redactor::default();
    let mut report = drifted();
    let line = report.found.changes[0].clone();
    report.found.changes = vec![line; 2_000];
    report.found.sql =
        "ALTER TABLE \"users\" ADD COLUMN \"a_rather_long_name\" integer NULL;\n".repeat(3_000);
    let diagram = "x".repeat(100_000);
    let page = Page {
        diagram: Some(&diagram),
        ..page(Outcome::Compared(&report), &redactor)
    };
    for limit in [SUMMARY_LIMIT, COMMENT_LIMIT, 4_000] {
        let text = page.render(limit);
        assert!(text.len() <= limit, "{limit}: {}", text.len());
        assert!(text.contains("trueup migrate diff --env prod"));
    }
    let text = page.render(COMMENT_LIMIT);
    assert!(
        text.contains("more rows\n") && text.contains("more lines\n"),
        "{text}"
    );
    assert_eq!(text.matches("```").count() % 2, 0);
}
