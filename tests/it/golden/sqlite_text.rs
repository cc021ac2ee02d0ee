//! A form of the texts in `sqlite_schema` in which equal schemas are equal texts: what a column says of itself and what
//! the table says of it are put in one place, quoting and letter case are ironed out, the order of columns is dropped.
//!
//! It is written apart from trueup's own reader on purpose: the two have to agree.

/// The normal form of one object's text.
pub(crate) fn normal(kind: &str, sql: &str) -> String {
    let tokens = tokens(sql);
    match kind {
        "table" => table(&tokens),
        "index" => index(&tokens),
        _ => join(&tokens),
    }
}

/// Words, names, literals and signs; names bare where they can be, everything but string literals in lower case.
fn tokens(sql: &str) -> Vec<String> {
    let chars: Vec<char> = sql.chars().collect();
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        let rest = |from: usize| chars[from..].iter().collect::<String>();
        if c.is_whitespace() {
            i += 1;
        } else if rest(i).starts_with("--") {
            i += chars[i..]
                .iter()
                .position(|c| *c == '\n')
                .unwrap_or(chars.len() - i);
        } else if rest(i).starts_with("/*") {
            i += rest(i)
                .find("*/")
                .map_or(chars.len() - i, |end| rest(i)[..end + 2].chars().count());
        } else if let Some(close) = closing(c) {
            let mut text = String::new();
            i += 1;
            while i < chars.len() {
                if chars[i] == close && close != ']' && chars.get(i + 1) == Some(&close) {
                    i += 1;
                } else if chars[i] == close {
                    break;
                }
                text.push(chars[i]);
                i += 1;
            }
            i += 1;
            tokens.push(if close == '\'' {
                format!("'{}'", text.replace('\'', "''"))
            } else {
                name(&text)
            });
        } else if c.is_alphanumeric() || c == '_' || c == '.' || c == '$' {
            let end = chars[i..]
                .iter()
                .position(|c| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')));
            let end = end.map_or(chars.len(), |length| i + length);
            tokens.push(chars[i..end].iter().collect::<String>().to_lowercase());
            i = end;
        } else {
            let two: String = chars[i..(i + 2).min(chars.len())].iter().collect();
            let sign = if ["||", "<>", "<=", ">=", "!=", "==", "->"].contains(&two.as_str()) {
                two
            } else {
                c.to_string()
            };
            i += sign.chars().count();
            tokens.push(sign);
        }
    }
    tokens
}

fn closing(open: char) -> Option<char> {
    match open {
        '"' | '`' | '\'' => Some(open),
        '[' => Some(']'),
        _ => None,
    }
}

fn name(text: &str) -> String {
    let bare = text.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !text.starts_with(|c: char| c.is_numeric());
    let lower = text.to_lowercase();
    if bare && !lower.is_empty() {
        lower
    } else {
        format!("\"{}\"", lower.replace('"', "\"\""))
    }
}

fn join(tokens: &[String]) -> String {
    tokens.join(" ")
}

/// Where the bracket at `open` is closed.
fn close(tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len() - 1
}

fn split_commas(tokens: &[String]) -> Vec<&[String]> {
    let (mut parts, mut start, mut i) = (Vec::new(), 0, 0);
    while i < tokens.len() {
        match tokens[i].as_str() {
            "(" => i = close(tokens, i),
            "," => {
                parts.push(&tokens[start..i]);
                start = i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    parts.push(&tokens[start..]);
    parts
}

/// The column of a primary key of one column.
fn sole_key(lines: &[String]) -> Option<String> {
    let keys = lines
        .iter()
        .find_map(|line| line.split_once("primary key ( "))?
        .1;
    let (key, _) = keys.split_once(" )")?;
    (!key.contains(' ')).then(|| key.to_owned())
}

fn table(tokens: &[String]) -> String {
    let Some(open) = tokens.iter().position(|token| token == "(") else {
        return join(tokens);
    };
    let end = close(tokens, open);
    let mut lines = Vec::new();
    for item in split_commas(&tokens[open + 1..end]) {
        match item.first().map(String::as_str) {
            Some("constraint" | "primary" | "unique" | "check" | "foreign") => {
                lines.push(constraint(item));
            }
            _ => column(item, &mut lines),
        }
    }
    if let Some(key) = sole_key(&lines) {
        let column = format!("{key} integer not null");
        if let Some(line) = lines.iter_mut().find(|line| line.starts_with(&column)) {
            // The number of a row is never null, whether that is said or not.
            *line = line.replacen(" not null", "", 1);
        }
    }
    lines.sort();
    let mut tail: Vec<String> = split_commas(&tokens[end + 1..])
        .into_iter()
        .map(join)
        .collect();
    tail.sort();
    format!(
        "{} (\n  {}\n) {}",
        join(&tokens[..open]),
        lines.join("\n  "),
        tail.join(", ")
    )
}

/// An index: brackets around a whole expression say nothing.
fn index(tokens: &[String]) -> String {
    let Some(open) = tokens.iter().position(|token| token == "(") else {
        return join(tokens);
    };
    let end = close(tokens, open);
    let bare = |part: &[String]| match part.first().map(String::as_str) {
        Some("(") if close(part, 0) == part.len() - 1 => join(&part[1..part.len() - 1]),
        _ => join(part),
    };
    let parts: Vec<String> = split_commas(&tokens[open + 1..end])
        .into_iter()
        .map(bare)
        .collect();
    format!(
        "{} ( {} ) {}",
        join(&tokens[..open]),
        parts.join(" , "),
        join(&tokens[end + 1..])
    )
    .trim()
    .to_owned()
}

/// A constraint of the table; what is the default is left out, `on update` comes before `on delete`.
fn constraint(item: &[String]) -> String {
    let mut text = format!(" {} ", join(item));
    for default in [
        " on update no action ",
        " on delete no action ",
        " asc ",
        " initially immediate ",
    ] {
        while text.contains(default) {
            text = text.replace(default, " ");
        }
    }
    if let (Some(delete), Some(update)) = (text.find(" on delete "), text.find(" on update "))
        && delete < update
    {
        let end = [" deferrable", " not deferrable", " match "]
            .iter()
            .filter_map(|word| text.find(word))
            .min();
        let end = end.unwrap_or(text.trim_end().len());
        text = format!(
            "{}{}{}{}",
            &text[..delete],
            &text[update..end],
            &text[delete..update],
            &text[end..]
        );
    }
    text.trim().to_owned()
}

const STARTS: &[&str] = &[
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
];

/// A column: what says something of it alone stays, what could be said by the table becomes a line of its own.
fn column(item: &[String], lines: &mut Vec<String>) {
    let name = &item[0];
    let at = |i: usize| item.get(i).map_or("", String::as_str);
    let mut i = 1;
    while i < item.len() && !STARTS.contains(&at(i)) {
        i = if at(i) == "(" {
            close(item, i) + 1
        } else {
            i + 1
        };
    }
    let mut own = vec![format!("{name} {}", join(&item[1..i]))];
    let mut constraint_name = Vec::new();
    while i < item.len() {
        // Up to the next word that starts a part, brackets jumped over.
        let start = i;
        i += 1;
        if at(start) == "not" || at(start) == "default" || at(start) == "constraint" {
            i += 1;
        }
        if at(start) == "default" && at(i - 1) == "(" {
            i = close(item, i - 1) + 1;
        }
        while i < item.len() {
            let on_conflict = at(i - 1) == "on" || at(i - 1) == "set";
            let not_deferrable = at(i) == "not" && at(i + 1) == "deferrable";
            let in_generated = at(start) == "generated" && at(i) == "as";
            if at(i) == "(" {
                i = close(item, i) + 1;
            } else if STARTS.contains(&at(i)) && !on_conflict && !in_generated && !not_deferrable {
                break;
            } else {
                i += 1;
            }
        }
        let part = &item[start..i];
        let mut hoist = |middle: String| {
            let mut line = std::mem::take(&mut constraint_name);
            line.push(middle);
            lines.push(constraint(&tokens_of(&line.join(" "))));
        };
        match at(start) {
            "constraint" => constraint_name = vec![join(part)],
            "null" => {}
            "primary" => {
                let flags: Vec<&str> = part[2..]
                    .iter()
                    .map(String::as_str)
                    .filter(|word| *word != "asc")
                    .collect();
                let (order, flags): (Vec<&str>, Vec<&str>) =
                    flags.into_iter().partition(|word| *word == "desc");
                hoist(format!(
                    "primary key ( {name} {} ) {}",
                    order.join(" "),
                    flags.join(" ")
                ));
            }
            "unique" => hoist(format!("unique ( {name} ) {}", join(&part[1..]))),
            "check" => hoist(join(part)),
            "references" => hoist(format!("foreign key ( {name} ) {}", join(part))),
            "default" if join(part) == "default null" => {}
            "default" => own.push(format!("default {}", bare_default(&part[1..]))),
            "generated" | "as" => {
                let text = join(part).replace("generated always ", "");
                let kind = if text.ends_with(") stored") || text.ends_with(") virtual") {
                    ""
                } else {
                    " virtual"
                };
                own.push(format!("{text}{kind}"));
            }
            _ => own.push(join(part)),
        }
    }
    own[1..].sort();
    lines.push(own.join(" ").trim().to_owned());
}

/// Splits what was joined: strings hold blanks, so by the same rules as the text itself.
fn tokens_of(text: &str) -> Vec<String> {
    tokens(text)
}

/// `(5)` and `('x')` are `5` and `'x'`.
fn bare_default(part: &[String]) -> String {
    match part {
        [open, inner @ .., close]
            if open == "("
                && close == ")"
                && (inner.len() == 1
                    || (inner.len() == 2 && matches!(inner[0].as_str(), "-" | "+"))) =>
        {
            join(inner)
        }
        _ => join(part),
    }
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn two_ways_to_say_the_same() {
        let one = "CREATE TABLE item (\n id INTEGER NOT NULL, name VARCHAR(30) DEFAULT 'A, b' NOT NULL, t INTEGER, PRIMARY KEY (id), CONSTRAINT u UNIQUE (name), FOREIGN KEY(t) REFERENCES team (id) ON DELETE SET NULL)";
        let two = "CREATE TABLE \"item\" (`t` integer NULL REFERENCES `team` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL, `id` integer NOT NULL PRIMARY KEY, `name` varchar(30) NOT NULL CONSTRAINT u UNIQUE DEFAULT ('A, b'))";
        assert_eq!(normal("table", one), normal("table", two));
    }

    #[test]
    fn what_differs_stays_different() {
        let forms = [
            "CREATE TABLE t (a INTEGER)",
            "CREATE TABLE t (a INTEGER NOT NULL)",
            "CREATE TABLE t (a INTEGER DEFAULT 'x')",
            "CREATE TABLE t (a INTEGER DEFAULT 'X')",
            "CREATE TABLE t (a INTEGER) STRICT",
            "CREATE TABLE t (a INTEGER AS (1) STORED)",
            "CREATE TABLE t (a INTEGER GENERATED ALWAYS AS (1))",
            "CREATE TABLE t (a INTEGER CHECK (a > 0))",
            "CREATE TABLE t (a INTEGER PRIMARY KEY)",
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
            "CREATE TABLE t (a INTEGER COLLATE NOCASE)",
            "CREATE TABLE t (a INTEGER REFERENCES b)",
            "CREATE TABLE t (a INTEGER REFERENCES b DEFERRABLE INITIALLY DEFERRED)",
        ];
        let texts: Vec<String> = forms.iter().map(|sql| normal("table", sql)).collect();
        for (i, one) in texts.iter().enumerate() {
            assert_eq!(texts.iter().position(|two| two == one), Some(i), "{one}");
        }
    }
}
