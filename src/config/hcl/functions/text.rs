//! Functions on text.

use super::super::value::{Number, Value};
use super::{ANY, Args, Fault, Function, Outcome};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "format",
        min: 1,
        max: ANY,
        run: |_, args| format_text(args),
    },
    Function {
        name: "join",
        min: 2,
        max: ANY,
        run: |_, args| join(args),
    },
    Function {
        name: "split",
        min: 2,
        max: 2,
        run: |_, args| split(args),
    },
    Function {
        name: "lower",
        min: 1,
        max: 1,
        run: |_, args| Ok(args.text(0)?.to_lowercase().into()),
    },
    Function {
        name: "upper",
        min: 1,
        max: 1,
        run: |_, args| Ok(args.text(0)?.to_uppercase().into()),
    },
    Function {
        name: "title",
        min: 1,
        max: 1,
        run: |_, args| title(args),
    },
    Function {
        name: "trim",
        min: 2,
        max: 2,
        run: |_, args| trim(args),
    },
    Function {
        name: "trimspace",
        min: 1,
        max: 1,
        run: |_, args| Ok(args.text(0)?.trim().into()),
    },
    Function {
        name: "trimprefix",
        min: 2,
        max: 2,
        run: |_, args| trim_prefix(args),
    },
    Function {
        name: "trimsuffix",
        min: 2,
        max: 2,
        run: |_, args| trim_suffix(args),
    },
    Function {
        name: "chomp",
        min: 1,
        max: 1,
        run: |_, args| Ok(args.text(0)?.trim_end_matches(['\r', '\n']).into()),
    },
    Function {
        name: "replace",
        min: 3,
        max: 3,
        run: |_, args| replace(args),
    },
    Function {
        name: "startswith",
        min: 2,
        max: 2,
        run: |_, args| Ok(args.text(0)?.starts_with(&args.text(1)?).into()),
    },
    Function {
        name: "endswith",
        min: 2,
        max: 2,
        run: |_, args| Ok(args.text(0)?.ends_with(&args.text(1)?).into()),
    },
    Function {
        name: "substr",
        min: 3,
        max: 3,
        run: |_, args| substr(args),
    },
    Function {
        name: "strrev",
        min: 1,
        max: 1,
        run: |_, args| Ok(args.text(0)?.chars().rev().collect::<String>().into()),
    },
    Function {
        name: "indent",
        min: 2,
        max: 2,
        run: |_, args| indent(args),
    },
];

fn join(args: &Args) -> Outcome {
    let with = args.text(0)?;
    let mut parts = Vec::new();
    for i in 1..args.len() {
        parts.extend(args.texts(i)?);
    }
    Ok(parts.join(&with).into())
}

fn split(args: &Args) -> Outcome {
    let (at, text) = (args.text(0)?, args.text(1)?);
    // An empty separator splits into characters, without the empty ends that Rust adds.
    let parts: Vec<Value> = if at.is_empty() {
        text.chars().map(|c| c.to_string().into()).collect()
    } else {
        text.split(&at).map(Value::from).collect()
    };
    Ok(Value::List(parts))
}

fn title(args: &Args) -> Outcome {
    let text = args.text(0)?;
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = !(c.is_alphanumeric() || matches!(c, '_' | '\''));
    }
    Ok(out.into())
}

fn trim(args: &Args) -> Outcome {
    let (text, set) = (args.text(0)?, args.text(1)?);
    Ok(text.trim_matches(|c| set.contains(c)).into())
}

fn trim_prefix(args: &Args) -> Outcome {
    let (text, prefix) = (args.text(0)?, args.text(1)?);
    Ok(text.strip_prefix(&prefix).unwrap_or(&text).into())
}

fn trim_suffix(args: &Args) -> Outcome {
    let (text, suffix) = (args.text(0)?, args.text(1)?);
    Ok(text.strip_suffix(&suffix).unwrap_or(&text).into())
}

fn replace(args: &Args) -> Outcome {
    let (text, from, to) = (args.text(0)?, args.text(1)?, args.text(2)?);
    if from.len() > 1 && from.starts_with('/') && from.ends_with('/') {
        return Err(Fault::arg(1, "regular expressions are not supported yet"));
    }
    Ok(text.replace(&from, &to).into())
}

/// `substr(text, offset, length)`: a negative offset counts from the end, a length of -1 means the rest.
fn substr(args: &Args) -> Outcome {
    let text: Vec<char> = args.text(0)?.chars().collect();
    let (offset, length) = (args.int(1)?, args.int(2)?);
    let start = match usize::try_from(offset) {
        Ok(start) => start.min(text.len()),
        Err(_) => text
            .len()
            .saturating_sub(usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let end = match usize::try_from(length) {
        Ok(length) => start.saturating_add(length).min(text.len()),
        Err(_) if length == -1 => text.len(),
        Err(_) => return Err(Fault::arg(2, "the length must be -1 or more")),
    };
    Ok(text[start..end].iter().collect::<String>().into())
}

fn indent(args: &Args) -> Outcome {
    let spaces = args.count(0)?;
    if spaces > MAX_WIDTH {
        return Err(Fault::arg(0, format!("at most {MAX_WIDTH} spaces")));
    }
    let indent = format!("\n{}", " ".repeat(spaces));
    Ok(args.text(1)?.replace('\n', &indent).into())
}

/// Wider padding than this is a mistake, and could exhaust memory.
const MAX_WIDTH: usize = 10_000;

/// How one verb of `format` is to be written.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// `format(text, values…)`: C's printf as Go has it: `%s %q %d %f %e %g %x %X %o %b %t %v %%`, flags `-+ 0`, width
/// and precision.
fn format_text(args: &Args) -> Outcome {
    let text = args.text(0)?;
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let mut next = 1;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | ' ' | '0' | '#')) {
            match flag {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => {}
            }
        }
        let mut digits = || {
            let mut n = None;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                n = Some(
                    n.unwrap_or(0usize)
                        .saturating_mul(10)
                        .saturating_add(digit as usize - '0' as usize),
                );
            }
            n
        };
        spec.width = digits().unwrap_or(0);
        if chars.next_if_eq(&'.').is_some() {
            let mut n = 0usize;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                n = n
                    .saturating_mul(10)
                    .saturating_add(digit as usize - '0' as usize);
            }
            spec.precision = Some(n);
        }
        if spec.width > MAX_WIDTH || spec.precision.is_some_and(|p| p > MAX_WIDTH) {
            return Err(Fault::arg(
                0,
                format!("a width or precision is at most {MAX_WIDTH}"),
            ));
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some(verb) => {
                if next >= args.len() {
                    return Err(Fault::arg(
                        0,
                        format!("`%{verb}` has no value: {} given", args.len() - 1),
                    ));
                }
                out.push_str(&pad(&verb_text(verb, &spec, args, next)?, verb, &spec));
                next += 1;
            }
            None => return Err(Fault::arg(0, "ends in the middle of a `%` verb")),
        }
    }
    if next < args.len() {
        return Err(Fault::arg(
            next,
            format!(
                "there are more values than `%` verbs: {} given, {} used",
                args.len() - 1,
                next - 1
            ),
        ));
    }
    Ok(out.into())
}

fn verb_text(verb: char, spec: &Spec, args: &Args, i: usize) -> Result<String, Fault> {
    let cut = |text: String| match spec.precision {
        Some(n) => text.chars().take(n).collect(),
        None => text,
    };
    let sign = |text: String| match (text.starts_with('-'), spec.plus, spec.space) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    };
    let precision = spec.precision.unwrap_or(6);
    Ok(match verb {
        's' => cut(args.text(i)?),
        'q' => serde_json::Value::from(args.text(i)?).to_string(),
        'd' => sign(args.int(i)?.to_string()),
        'f' | 'F' => sign(format!("{:.precision$}", args.number(i)?.as_f64())),
        'e' => sign(format!("{:.precision$e}", args.number(i)?.as_f64())),
        'g' | 'G' => sign(args.number(i)?.to_string()),
        'x' => signed(args.int(i)?, |n| format!("{n:x}")),
        'X' => signed(args.int(i)?, |n| format!("{n:X}")),
        'o' => signed(args.int(i)?, |n| format!("{n:o}")),
        'b' => signed(args.int(i)?, |n| format!("{n:b}")),
        't' => match args.get(i) {
            Value::Bool(b) => b.to_string(),
            _ => return Err(args.expected(i, "a bool")),
        },
        'v' => match args.get(i) {
            Value::Number(Number::Int(n)) => sign(n.to_string()),
            other => other.text().unwrap_or_else(|| other.to_json().to_string()),
        },
        other => return Err(Fault::arg(0, format!("unknown verb `%{other}`"))),
    })
}

fn signed(n: i64, digits: impl Fn(u64) -> String) -> String {
    format!(
        "{}{}",
        if n < 0 { "-" } else { "" },
        digits(n.unsigned_abs())
    )
}

fn pad(text: &str, verb: char, spec: &Spec) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    if spec.left {
        return format!("{text}{}", " ".repeat(missing));
    }
    if spec.zero && matches!(verb, 'd' | 'f' | 'F' | 'e' | 'g' | 'x' | 'X' | 'o' | 'b') {
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+', ' '])));
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}
