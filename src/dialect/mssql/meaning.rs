//! What two spellings of an expression have in common: the server writes brackets, parentheses and casts of its own, takes
//! `IN` and `BETWEEN` apart, and tells no names apart by case.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    UnaryOperator, Value,
};
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token as End;

use crate::dialect::spelling;
use crate::schema::Column;
use crate::sql::Rules;
use crate::sql::token::{Kind, tokens};

/// Both are the same expression, or the same default of a column.
pub(super) fn same(a: &str, b: &str, column: Option<&Column>) -> bool {
    if a == b {
        return true;
    }
    let (a, b) = (meaning(a), meaning(b));
    let numeric = column.is_some_and(|column| is_numeric(&column.ty.base));
    // A number in quotes is the number once it is a column's.
    let plain = |text: &str| match numeric {
        true => {
            let bare = text
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
                .unwrap_or(text);
            spelling::number(bare).unwrap_or_else(|| text.to_owned())
        }
        false => text.to_owned(),
    };
    a == b || plain(&a) == plain(&b)
}

fn is_numeric(base: &str) -> bool {
    [
        "bigint",
        "bit",
        "decimal",
        "float",
        "int",
        "money",
        "numeric",
        "real",
        "smallint",
        "smallmoney",
        "tinyint",
    ]
    .contains(&base)
}

fn meaning(text: &str) -> String {
    parsed(text).map_or_else(|| words(text), |expr| of(&expr))
}

/// The expression's tree, where the parser reads all of it.
fn parsed(text: &str) -> Option<Expr> {
    let mut parser = Parser::new(&MsSqlDialect {}).try_with_sql(text).ok()?;
    let expr = parser.parse_expr().ok()?;
    (parser.peek_token().token == End::EOF).then_some(expr)
}

/// The text without what does not count in any text: blanks, comments, brackets, and the case of all but strings.
fn words(text: &str) -> String {
    let mut out = String::new();
    for token in tokens(text, &Rules::MSSQL) {
        match token.kind {
            Kind::Text => {
                out.push('\'');
                out.push_str(&token.unquoted());
            }
            Kind::Name => out.push_str(&token.unquoted().to_lowercase()),
            _ => out.push_str(&token.text.to_lowercase()),
        }
        out.push(' ');
    }
    out
}

fn name(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

/// What is in a chain of one operator, in an order of its own.
fn chain(op: &str, mut parts: Vec<String>) -> String {
    parts.sort();
    parts.dedup();
    match &parts[..] {
        [one] => one.clone(),
        _ => format!("({})", parts.join(op)),
    }
}

/// Operands of a chain of `AND` or `OR`.
fn operands<'e>(expr: &'e Expr, op: &BinaryOperator, found: &mut Vec<&'e Expr>) {
    match expr {
        Expr::Nested(inner) => operands(inner, op, found),
        Expr::BinaryOp {
            left,
            op: own,
            right,
        } if own == op => {
            operands(left, op, found);
            operands(right, op, found);
        }
        other => found.push(other),
    }
}

fn of(expr: &Expr) -> String {
    match expr {
        Expr::Nested(inner) => of(inner),
        Expr::Identifier(ident) => name(ident),
        Expr::CompoundIdentifier(idents) => idents.iter().map(name).collect::<Vec<_>>().join("."),
        Expr::Value(value) => literal(&value.value),
        Expr::BinaryOp { left, op, right } => binary(expr, left, op, right),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match of(expr) {
            number if spelling::number(&number).is_some() => format!("-{number}"),
            other => format!("(- {other})"),
        },
        Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr,
        } => of(expr),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => format!("(not {})", of(expr)),
        Expr::IsNull(inner) => format!("({} is null)", of(inner)),
        Expr::IsNotNull(inner) => format!("({} is not null)", of(inner)),
        Expr::InList {
            expr,
            list,
            negated,
        } => {
            let (own, compare, join) = match negated {
                false => (of(expr), "=", " or "),
                true => (of(expr), "<>", " and "),
            };
            chain(
                join,
                list.iter()
                    .map(|one| format!("({own} {compare} {})", of(one)))
                    .collect(),
            )
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let (own, low, high) = (of(expr), of(low), of(high));
            match negated {
                false => chain(
                    " and ",
                    vec![format!("({own} >= {low})"), format!("({own} <= {high})")],
                ),
                true => chain(
                    " or ",
                    vec![format!("({own} < {low})"), format!("({own} > {high})")],
                ),
            }
        }
        Expr::Like {
            negated,
            expr,
            pattern,
            escape_char,
            ..
        } => {
            let not = if *negated { "not " } else { "" };
            let escape = escape_char
                .as_ref()
                .map_or_else(String::new, |one| format!(" escape {}", of(one)));
            format!("({} {not}like {}{escape})", of(expr), of(pattern))
        }
        Expr::Cast {
            expr,
            data_type,
            format: None,
            ..
        } => format!("cast({} as {})", of(expr), words(&data_type.to_string())),
        Expr::Convert {
            is_try: false,
            expr,
            data_type: Some(ty),
            styles,
            ..
        } => {
            let style: Vec<String> = styles.iter().map(of).filter(|style| style != "0").collect();
            match style.is_empty() {
                true => format!("cast({} as {})", of(expr), words(&ty.to_string())),
                false => format!(
                    "convert({}, {}, {})",
                    words(&ty.to_string()),
                    of(expr),
                    style.join(", ")
                ),
            }
        }
        Expr::Function(function) => call(function),
        other => words(&other.to_string()),
    }
}

fn binary(expr: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> String {
    let word = match op {
        BinaryOperator::And => " and ",
        BinaryOperator::Or => " or ",
        BinaryOperator::NotEq => return format!("({} <> {})", of(left), of(right)),
        other => {
            return format!(
                "({} {} {})",
                of(left),
                other.to_string().to_lowercase(),
                of(right)
            );
        }
    };
    let mut all = Vec::new();
    operands(expr, op, &mut all);
    // What was one operand may be a chain of the same kind in its other spelling.
    let parts = all.into_iter().flat_map(|one| {
        let text = of(one);
        let chained =
            matches!(one, Expr::InList { .. } | Expr::Between { .. }) && text.contains(word);
        match chained {
            true => text[1..text.len() - 1]
                .split(word)
                .map(str::to_owned)
                .collect(),
            false => vec![text],
        }
    });
    chain(word, parts.collect())
}

fn literal(value: &Value) -> String {
    match value {
        Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => format!("'{text}'"),
        Value::Number(number, _) => {
            spelling::number(number).unwrap_or_else(|| number.to_lowercase())
        }
        other => other.to_string().to_lowercase(),
    }
}

fn call(function: &Function) -> String {
    let name = words(&function.name.to_string());
    let name = name.trim();
    let plain =
        function.over.is_none() && function.within_group.is_empty() && function.filter.is_none();
    let arguments = match &function.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::List(list)
            if list.clauses.is_empty() && list.duplicate_treatment.is_none() =>
        {
            let arguments = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(of(expr)),
                _ => None,
            });
            arguments.collect()
        }
        _ => None,
    };
    match (name, arguments) {
        ("current_timestamp", Some(arguments)) if plain && arguments.is_empty() => {
            "getdate()".to_owned()
        }
        (name, Some(arguments)) if plain => format!("{name}({})", arguments.join(", ")),
        _ => words(&function.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_in_two_spellings_are_one() {
        for (a, b) in [
            ("0", "((0))"),
            ("getdate()", "(GETDATE())"),
            ("CURRENT_TIMESTAMP", "getdate()"),
            ("N'x'", "'x'"),
            ("-1", "((-1))"),
            ("price > 0", "[price]>(0)"),
            ("qty >= 0 AND qty <= 10", "([qty]>=(0) AND [qty]<=(10))"),
            ("qty BETWEEN 0 AND 10", "([qty]>=(0) AND [qty]<=(10))"),
            ("state IN ('a', 'b')", "([state]='b' OR [state]='a')"),
            ("state NOT IN ('a', 'b')", "[state]<>'b' AND [state]<>'a'"),
            ("a != 1", "[a]<>(1)"),
            ("CAST(a AS int)", "CONVERT([int],[a])"),
            ("CAST(a AS int)", "CONVERT([int],[a],(0))"),
            ("a * 2", "[a]*(2)"),
            ("len(name) > 1", "LEN([name])>(1)"),
            ("a IS NULL OR b LIKE 'x%'", "[b] like 'x%' OR [a] IS NULL"),
        ] {
            assert!(same(a, b, None), "{a} {b}");
        }
        for (a, b) in [
            ("'a'", "'A'"),
            ("a > 0", "a >= 0"),
            ("(a + b) * c", "a + b * c"),
            ("a = 1 AND b = 2 OR c = 3", "a = 1 AND (b = 2 OR c = 3)"),
            ("getdate()", "sysdatetime()"),
            ("CONVERT(varchar(10), a, 1)", "CONVERT(varchar(10), a, 2)"),
            ("a IN (1, 2)", "a IN (1, 3)"),
            ("'1'", "1"),
        ] {
            assert!(!same(a, b, None), "{a} {b}");
        }
    }

    #[test]
    fn a_number_in_quotes_is_the_number_in_its_column() {
        let column = |ty| Column::plain("a", ty, true);
        assert!(same("'0'", "((0))", Some(&column("int"))));
        assert!(same("0.00", "'0'", Some(&column("decimal(10,2)"))));
        assert!(!same("'0'", "0", Some(&column("varchar(9)"))));
    }

    #[test]
    fn any_text_can_be_read() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let _ = meaning(&text);
            Ok(())
        })
        .budget_ms(200);
    }
}
