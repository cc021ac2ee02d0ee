//! Functions on numbers, and conversions.

use super::super::types::Type;
use super::super::value::{Number, Value};
use super::{ANY, Args, Fault, Function, Outcome};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "abs",
        min: 1,
        max: 1,
        run: |_, args| abs(args),
    },
    Function {
        name: "ceil",
        min: 1,
        max: 1,
        run: |_, args| {
            Ok(Value::Number(Number::from_f64(
                args.number(0)?.as_f64().ceil(),
            )))
        },
    },
    Function {
        name: "floor",
        min: 1,
        max: 1,
        run: |_, args| {
            Ok(Value::Number(Number::from_f64(
                args.number(0)?.as_f64().floor(),
            )))
        },
    },
    Function {
        name: "signum",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::Number(Number::Int(args.int(0)?.signum()))),
    },
    Function {
        name: "max",
        min: 1,
        max: ANY,
        run: |_, args| extreme(args, |a, b| a > b),
    },
    Function {
        name: "min",
        min: 1,
        max: ANY,
        run: |_, args| extreme(args, |a, b| a < b),
    },
    Function {
        name: "parseint",
        min: 2,
        max: 2,
        run: |_, args| parse_int(args),
    },
    Function {
        name: "tonumber",
        min: 1,
        max: 1,
        run: |_, args| convert(args, &Type::Number),
    },
    Function {
        name: "tostring",
        min: 1,
        max: 1,
        run: |_, args| convert(args, &Type::String),
    },
    Function {
        name: "tobool",
        min: 1,
        max: 1,
        run: |_, args| convert(args, &Type::Bool),
    },
];

fn abs(args: &Args) -> Outcome {
    Ok(Value::Number(match args.number(0)? {
        Number::Int(n) => n
            .checked_abs()
            .map_or(Number::Float(Number::Int(n).as_f64().abs()), Number::Int),
        Number::Float(n) => Number::Float(n.abs()),
    }))
}

fn extreme(args: &Args, better: fn(f64, f64) -> bool) -> Outcome {
    let mut best = args.number(0)?;
    for i in 1..args.len() {
        let n = args.number(i)?;
        if better(n.as_f64(), best.as_f64()) {
            best = n;
        }
    }
    Ok(Value::Number(best))
}

fn parse_int(args: &Args) -> Outcome {
    let (text, base) = (args.text(0)?, args.int(1)?);
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| Fault::arg(1, "the base must be 2 to 36"))?;
    match i64::from_str_radix(&text, base) {
        Ok(n) => Ok(Value::Number(Number::Int(n))),
        Err(error) => Err(Fault::arg(
            0,
            format!("not a whole number in base {base}: {error}"),
        )),
    }
}

fn convert(args: &Args, to: &Type) -> Outcome {
    to.convert(args.get(0).clone())
        .map_err(|message| Fault::arg(0, message))
}
