use std::time::Duration;

use super::*;

fn texts(input: &str, options: &ScanOptions) -> Vec<String> {
    let script = scan(input, options).unwrap_or_else(|error| panic!("{error}\n{input}"));
    script
        .statements
        .into_iter()
        .map(|statement| statement.text)
        .collect()
}

fn fails(input: &str, options: &ScanOptions) -> (String, String) {
    let error = scan(input, options).expect_err(input);
    (error.pos.to_string(), error.message)
}

#[test]
fn positions_count_characters_and_lines() {
    let input = "\u{feff}é1;\n\n  SELECT 2;\r\nSELECT 3";
    let script = scan(input, &ScanOptions::GENERIC).unwrap();
    let starts: Vec<String> = script
        .statements
        .iter()
        .map(|s| s.start.to_string())
        .collect();
    assert_eq!(starts, ["1:1", "3:3", "4:1"]);
    assert_eq!(
        position_at(input, script.statements[2].range.start).to_string(),
        "4:1"
    );
    assert_eq!(position_at("é", 1), Position::START);
    assert_eq!(
        position_at("ab\n", 99),
        Position {
            offset: 3,
            line: 2,
            column: 1
        }
    );
}

#[test]
fn directives_of_a_statement_are_none_of_the_file() {
    let input = "-- atlas:nolint DS101\n#atlas:nolint\n/*atlas:nolint MF101*/\nDROP TABLE x; -- atlas:nolint\n";
    let script = scan(input, &ScanOptions::MYSQL).unwrap();
    assert!(script.directives.is_empty());
}

#[test]
fn only_a_comment_that_starts_with_it_is_a_directive() {
    assert_eq!(
        parse_directive("-- atlas:txmode  none \r"),
        Some(("txmode", "none"))
    );
    assert_eq!(parse_directive("--atlas:x"), Some(("x", "")));
    assert_eq!(parse_directive("-- see atlas:txmode"), None);
    assert_eq!(parse_directive("-- atlas:"), None);
    assert_eq!(parse_directive("-- atlas:sum-ignore"), None);
    assert_eq!(parse_directive("/* atlas:a\nb */"), None);
}

#[test]
fn file_directives_tell_where_they_stand() {
    let found = |input: &str| -> Vec<(String, Placement)> {
        let script = scan(input, &ScanOptions::GENERIC).unwrap();
        script
            .directives
            .into_iter()
            .map(|d| (d.name, d.placement))
            .collect()
    };
    let one = |name: &str, placement| vec![(name.to_owned(), placement)];
    assert_eq!(
        found("-- atlas:txmode none\n\nA;"),
        one("txmode", Placement::Header)
    );
    assert_eq!(
        found("-- atlas:txmode none\r\n\r\nA;"),
        one("txmode", Placement::Header)
    );
    assert_eq!(
        found("-- atlas:txmode none\nA;"),
        one("txmode", Placement::Attached)
    );
    assert_eq!(
        found("-- hi\n\n-- atlas:txmode none\n\nA;"),
        one("txmode", Placement::Later)
    );
    assert_eq!(
        found("A;\n-- atlas:txmode none\nB;"),
        one("txmode", Placement::Misplaced)
    );
    assert_eq!(
        found("A; -- atlas:txmode none\nB;"),
        one("txmode", Placement::Misplaced)
    );
    assert_eq!(
        found("-- atlas:checkpoint"),
        one("checkpoint", Placement::Header)
    );
    assert_eq!(
        found("-- atlas:sum ignore\nA;"),
        one("sum", Placement::Header)
    );
    assert_eq!(
        found("-- atlas:nolint\n\nA;"),
        one("nolint", Placement::Header)
    );
    assert_eq!(found("-- atlas:nolint\nA;"), []);
}

#[test]
fn a_delimiter_directive_is_honoured_wherever_it_is_meant() {
    let want = ["CREATE A; B", "C"];
    for header in [
        "-- atlas:delimiter //\n",
        "\u{feff}-- atlas:delimiter //\r\n",
        "-- hi\n-- atlas:delimiter //\n\n",
    ] {
        let input = format!("{header}CREATE A; B//\nC//\n");
        assert_eq!(texts(&input, &ScanOptions::GENERIC), want, "{header}");
    }
    assert_eq!(
        texts(
            "-- atlas:delimiter \\n\\n\nA;\nB;\r\n\r\nC",
            &ScanOptions::GENERIC
        ),
        ["A;\nB;", "C"]
    );
    assert_eq!(
        texts(
            "-- atlas:delimiter GO\nGOOD\nGO\nB\nGO",
            &ScanOptions::GENERIC
        ),
        ["GOOD", "B"]
    );
    assert_eq!(
        texts("-- atlas:delimiter --\nA--\nB", &ScanOptions::GENERIC),
        ["A", "B"]
    );
    assert_eq!(
        fails("-- atlas:delimiter\nA", &ScanOptions::GENERIC).1,
        "the delimiter is empty"
    );
    let twice = "-- atlas:delimiter //\n-- atlas:delimiter ;\nA";
    assert_eq!(
        fails(twice, &ScanOptions::GENERIC),
        ("2:1".into(), "the delimiter is set twice".into())
    );
}

#[test]
fn errors_say_where_it_was_opened() {
    let pg = &ScanOptions::POSTGRES;
    assert_eq!(
        fails("SELECT 1;\n  SELECT 'a", pg),
        ("2:10".into(), "unclosed quote '".into())
    );
    assert_eq!(
        fails("SELECT (1;\nSELECT 2;", pg),
        ("1:8".into(), "unclosed '('".into())
    );
    assert_eq!(
        fails("SELECT 1);", pg),
        ("1:9".into(), "unexpected ')'".into())
    );
    assert_eq!(
        fails("/* /* */", pg),
        ("1:1".into(), "unclosed '/*'".into())
    );
    assert_eq!(
        fails("DO $a$ x $b$;", pg),
        ("1:4".into(), "unclosed dollar quote $a$".into())
    );
    assert_eq!(
        fails("SELECT [a", &ScanOptions::MSSQL),
        ("1:8".into(), "unclosed bracket [".into())
    );
    assert_eq!(
        fails("/*! x", &ScanOptions::MYSQL),
        ("1:1".into(), "unclosed '/*!'".into())
    );
    let body = "CREATE PROCEDURE p()\nBEGIN\n SELECT 1;\n";
    assert_eq!(
        fails(body, &ScanOptions::MYSQL),
        ("2:1".into(), "this BEGIN has no END".into())
    );
    let trigger = "CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1;";
    assert_eq!(fails(trigger, &ScanOptions::SQLITE).0, "1:1");
    assert_eq!(fails("SELECT 1\\gset", pg).0, "1:9");
    assert_eq!(fails(".read x", &ScanOptions::SQLITE).0, "1:1");
    assert_eq!(
        fails("COPY t (a) FROM stdin WITH (FORMAT csv);\n1\n\\.\n", pg).0,
        "1:1"
    );
    assert_eq!(texts("COPY t FROM '/stdin';", pg).len(), 1);
}

#[test]
fn delimiter_commands_follow_the_client() {
    let my = &ScanOptions::MYSQL;
    assert_eq!(
        texts(
            "delimiter 'MySQL'\nselect * from t1MySQL\ndelimiter ;\nA;",
            my
        ),
        ["select * from t1", "A;"]
    );
    assert_eq!(
        texts(
            "delimiter delimiter\nselect 1delimiter\ndelimiter ;\nB;",
            my
        ),
        ["select 1", "B;"]
    );
    assert_eq!(
        texts("DELIMITER $$\nA; END$$\n  DELIMITER ;\nB;", my),
        ["A; END", "B;"]
    );
    assert_eq!(
        texts("DELIMITER // -- two\r\nA//\r\nDELIMITER ;\r\n", my),
        ["A"]
    );
    assert_eq!(texts("SELECT a,\ndelimiter FROM t;", my).len(), 1);
    assert_eq!(fails("DELIMITER\nA", my).1, "the delimiter is empty");
    assert_eq!(
        fails("DELIMITER 'x\nA", my).1,
        "unclosed quote ' in DELIMITER"
    );
    assert_eq!(
        fails("DELIMITER // x\nA", my).1,
        "unexpected text after DELIMITER //"
    );
    let open = "DELIMITER //\nCREATE A; END\nDELIMITER ;\nB;";
    assert_eq!(
        fails(open, my),
        (
            "2:1".into(),
            "this statement is not ended before DELIMITER".into()
        )
    );
}

#[test]
fn empty_statements_are_none() {
    for options in [
        ScanOptions::POSTGRES,
        ScanOptions::MYSQL,
        ScanOptions::SQLITE,
        ScanOptions::MSSQL,
    ] {
        assert_eq!(texts("", &options), [""; 0]);
        assert_eq!(texts(";; -- x\n ; /* y */", &options), [""; 0]);
        assert_eq!(texts(";A;;B", &options), ["A;", "B"]);
    }
}

#[test]
fn transactions_are_statements_of_their_own() {
    let input = "BEGIN;\nBEGIN TRANSACTION;\nSELECT 1;\nEND;\nCOMMIT;";
    for options in [
        ScanOptions::POSTGRES,
        ScanOptions::MYSQL,
        ScanOptions::SQLITE,
        ScanOptions::GENERIC,
    ] {
        assert_eq!(texts(input, &options).len(), 5);
    }
    assert_eq!(
        texts("BEGIN TRAN; SELECT 1; COMMIT;", &ScanOptions::MSSQL).len(),
        3
    );
}

#[test]
fn batches_repeat_and_routines_take_the_rest() {
    let ms = &ScanOptions::MSSQL;
    let script = scan("A;\nB;\nGO 3\nC;\ngo -- done\n", ms).unwrap();
    let seen: Vec<(&str, u32)> = script
        .statements
        .iter()
        .map(|s| (s.text.as_str(), s.repeat))
        .collect();
    assert_eq!(seen, [("A;\nB;", 3), ("C;", 1)]);
    assert_eq!(fails("A\nGO 0\n", ms).1, "GO can't run a batch 0 times");
    assert_eq!(texts("SELECT\ngo.a FROM go;", ms).len(), 1);
    let strict = "CREATE PROC p AS BEGIN SELECT 1; END; SELECT 2;\nGO\nSELECT 3;";
    assert_eq!(texts(strict, ms).len(), 2);
    let loose = "CREATE PROC p AS BEGIN SELECT 1; END; SELECT 2; ALTER PROC q AS BEGIN SELECT 1 END SELECT 3";
    assert_eq!(
        texts(loose, ms),
        [
            "CREATE PROC p AS BEGIN SELECT 1; END;",
            "SELECT 2;",
            "ALTER PROC q AS BEGIN SELECT 1 END",
            "SELECT 3",
        ]
    );
    let inline = "CREATE FUNCTION f() RETURNS TABLE AS RETURN SELECT 1 a;\n-- next\n\
        CREATE OR ALTER VIEW v AS SELECT 1 a;\nALTER PROC p AS SELECT 1; SELECT 2;";
    let script = scan(inline, ms).unwrap();
    assert_eq!(
        script.statements.len(),
        3,
        "a routine can't contain a routine"
    );
    let go = "-- atlas:delimiter \\nGO\n\nSELECT 1; SELECT 2\nGO 11\nSELECT 3\nGO";
    assert_eq!(texts(go, ms), ["SELECT 1; SELECT 2", "SELECT 3"]);
    assert_eq!(
        texts(
            "DECLARE @a int = 1; SELECT @a;\nGO\nSELECT 1; SELECT 2;",
            ms
        )
        .len(),
        3
    );
}

#[test]
fn source_positions_are_read_from_any_provider() {
    let input = "-- atlas:pos user_account[type=table] /a b/models.py:10\n\
        -- atlas:pos my.odd name[type=table] C:\\m:x.py:7\n\
        -- atlas:pos app[type=schema].users[type=table].id[type=column] /m.go:3-5\n\
        -- atlas:pos broken /m.py:1\n-- atlas:pos x[type=table] nowhere\n\nCREATE TABLE t (a int);\n";
    let found = source_map(input);
    let flat: Vec<(&str, &str, &str, u32)> = found
        .iter()
        .map(|p| (p.object.as_str(), p.kind.as_str(), p.file.as_str(), p.line))
        .collect();
    assert_eq!(
        flat,
        [
            ("user_account", "table", "/a b/models.py", 10),
            ("my.odd name", "table", "C:\\m:x.py", 7),
            ("id", "column", "/m.go", 3),
        ]
    );
    let parents: Vec<&str> = found[2].parents.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(parents, ["app", "users"]);
}

/// How long this thread has been running, without the time in which others did; the clock's where nothing tells.
fn busy() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Four times the input may take about four times the time; squared it would be sixteen.
#[test]
fn time_is_linear_in_the_input() {
    let shapes = [
        "SELECT 'a''b', \"c\" /* d */ FROM e; -- f\n",
        "CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT CASE WHEN 1 THEN 2 END; END;\n",
        "CREATE PROCEDURE p AS BEGIN SELECT 1; END\n",
        "BEGIN IF CASE LOOP ",
        "$a ",
        "E'a' ",
        "go ",
        "/*!1 x */ ",
        "       \n",
        "-- c\n",
        "\r",
    ];
    let sets = [
        ScanOptions::POSTGRES,
        ScanOptions::MYSQL,
        ScanOptions::SQLITE,
        ScanOptions::MSSQL,
        ScanOptions::GENERIC,
    ];
    for options in &sets {
        for shape in shapes {
            let time = |bytes: usize| {
                let input = shape.repeat(bytes / shape.len());
                (0..3)
                    .map(|_| {
                        let begin = busy();
                        let _ = scan(&input, options);
                        busy().saturating_sub(begin)
                    })
                    .min()
                    .unwrap()
            };
            // A busy machine can make any one comparison unfair, but not each of several.
            let measure = || (time(20_000), time(80_000));
            let fair = |(small, large): &(Duration, Duration)| {
                *large < *small * 10 + Duration::from_millis(20)
            };
            let measured: Vec<_> = (0..5)
                .map(|_| measure())
                .take_while(|pair| !fair(pair))
                .collect();
            assert!(
                measured.len() < 5,
                "{shape:?}: each time a quarter and the whole took {measured:?}"
            );
        }
    }
}

#[test]
fn quotes_hide_delimiters_as_each_engine_has_them() {
    let postgres = ScanOptions::POSTGRES;
    assert_eq!(texts(r"SELECT E'a''b\';'; B", &postgres).len(), 2);
    assert_eq!(texts("SELECT U&\"a;\", U&'b;'; B", &postgres).len(), 2);
    assert_eq!(texts("SELECT E'a'\n'b\\';'; B", &postgres).len(), 2);
    // A bracket in brackets is doubled in T-SQL only.
    assert_eq!(texts("SELECT [a]]; B", &ScanOptions::SQLITE).len(), 2);
    assert_eq!(texts("SELECT [a]]; B]; C", &ScanOptions::MSSQL).len(), 2);
}
