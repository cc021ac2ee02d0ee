//! Functions on lists, sets and maps.

use std::collections::BTreeMap;

use super::super::value::{Number, Value, distinct, set};
use super::{ANY, Args, Fault, Function, Outcome};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "length",
        min: 1,
        max: 1,
        run: |_, args| length(args),
    },
    Function {
        name: "concat",
        min: 1,
        max: ANY,
        run: |_, args| concat(args),
    },
    Function {
        name: "contains",
        min: 2,
        max: 2,
        run: |_, args| {
            Ok(args
                .list(0)?
                .iter()
                .any(|item| item.equals(args.get(1)))
                .into())
        },
    },
    Function {
        name: "keys",
        min: 1,
        max: 1,
        run: |_, args| {
            Ok(Value::List(
                args.map(0)?.keys().map(|key| key.as_str().into()).collect(),
            ))
        },
    },
    Function {
        name: "values",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::List(args.map(0)?.values().cloned().collect())),
    },
    Function {
        name: "lookup",
        min: 2,
        max: 3,
        run: |_, args| lookup(args),
    },
    Function {
        name: "merge",
        min: 0,
        max: ANY,
        run: |_, args| merge(args),
    },
    Function {
        name: "flatten",
        min: 1,
        max: 1,
        run: |_, args| {
            let mut out = Vec::new();
            flatten(args.list(0)?, &mut out);
            Ok(Value::List(out))
        },
    },
    Function {
        name: "distinct",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::List(distinct(args.list(0)?.to_vec()))),
    },
    Function {
        name: "compact",
        min: 1,
        max: 1,
        run: |_, args| compact(args),
    },
    Function {
        name: "sort",
        min: 1,
        max: 1,
        run: |_, args| sort(args),
    },
    Function {
        name: "reverse",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::List(args.list(0)?.iter().rev().cloned().collect())),
    },
    Function {
        name: "element",
        min: 2,
        max: 2,
        run: |_, args| element(args),
    },
    Function {
        name: "index",
        min: 2,
        max: 2,
        run: |_, args| index(args),
    },
    Function {
        name: "slice",
        min: 3,
        max: 3,
        run: |_, args| slice(args),
    },
    Function {
        name: "chunklist",
        min: 2,
        max: 2,
        run: |_, args| chunklist(args),
    },
    Function {
        name: "coalescelist",
        min: 1,
        max: ANY,
        run: |_, args| coalesce_list(args),
    },
    Function {
        name: "range",
        min: 1,
        max: 3,
        run: |_, args| range(args),
    },
    Function {
        name: "zipmap",
        min: 2,
        max: 2,
        run: |_, args| zipmap(args),
    },
    Function {
        name: "tolist",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::List(args.list(0)?.to_vec())),
    },
    Function {
        name: "toset",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::List(set(args.list(0)?.to_vec()))),
    },
    Function {
        name: "tomap",
        min: 1,
        max: 1,
        run: |_, args| Ok(Value::Map(args.map(0)?.clone())),
    },
    Function {
        name: "setunion",
        min: 1,
        max: ANY,
        run: |_, args| {
            let Value::List(all) = concat(args)? else {
                return Ok(Value::Null);
            };
            Ok(Value::List(set(all)))
        },
    },
    Function {
        name: "setintersection",
        min: 1,
        max: ANY,
        run: |_, args| set_filter(args, true),
    },
    Function {
        name: "setsubtract",
        min: 2,
        max: 2,
        run: |_, args| set_filter(args, false),
    },
];

fn length(args: &Args) -> Outcome {
    match args.get(0) {
        Value::List(items) => Ok(Value::int(items.len())),
        Value::Map(members) => Ok(Value::int(members.len())),
        Value::String(text) => Ok(Value::int(text.chars().count())),
        _ => Err(args.expected(0, "a list, a map or a string")),
    }
}

fn concat(args: &Args) -> Outcome {
    let mut out = Vec::new();
    for i in 0..args.len() {
        out.extend_from_slice(args.list(i)?);
    }
    Ok(Value::List(out))
}

fn lookup(args: &Args) -> Outcome {
    let key = args.text(1)?;
    match (args.map(0)?.get(&key), args.len()) {
        (Some(value), _) => Ok(value.clone()),
        (None, 3) => Ok(args.get(2).clone()),
        (None, _) => Err(Fault::arg(1, format!("there is no key `{key}`"))
            .hint("a third argument is the default")),
    }
}

fn merge(args: &Args) -> Outcome {
    let mut out = BTreeMap::new();
    for i in 0..args.len() {
        if *args.get(i) != Value::Null {
            out.extend(
                args.map(i)?
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
    }
    Ok(Value::Map(out))
}

fn flatten(items: &[Value], out: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(inner) => flatten(inner, out),
            other => out.push(other.clone()),
        }
    }
}

fn compact(args: &Args) -> Outcome {
    let empty = |item: &Value| matches!(item, Value::Null) || *item == Value::from("");
    Ok(Value::List(
        args.list(0)?
            .iter()
            .filter(|item| !empty(item))
            .cloned()
            .collect(),
    ))
}

fn sort(args: &Args) -> Outcome {
    let mut texts = args.texts(0)?;
    texts.sort_unstable();
    Ok(Value::List(texts.into_iter().map(Value::String).collect()))
}

/// `element(list, i)`: the index wraps around.
fn element(args: &Args) -> Outcome {
    let (items, i) = (args.list(0)?, args.count(1)?);
    if items.is_empty() {
        return Err(Fault::arg(0, "the list is empty"));
    }
    Ok(items[i % items.len()].clone())
}

fn index(args: &Args) -> Outcome {
    match args
        .list(0)?
        .iter()
        .position(|item| item.equals(args.get(1)))
    {
        Some(i) => Ok(Value::int(i)),
        None => Err(Fault::arg(1, "the list has no such element")),
    }
}

fn slice(args: &Args) -> Outcome {
    let (items, start, end) = (args.list(0)?, args.count(1)?, args.count(2)?);
    match items.get(start..end) {
        Some(part) => Ok(Value::List(part.to_vec())),
        None => Err(Fault::arg(
            2,
            format!(
                "{start} to {end} is out of range: the list's length is {}",
                items.len()
            ),
        )),
    }
}

fn chunklist(args: &Args) -> Outcome {
    let (items, size) = (args.list(0)?, args.count(1)?);
    if size == 0 {
        return Ok(Value::List(vec![Value::List(items.to_vec())]));
    }
    Ok(Value::List(
        items
            .chunks(size)
            .map(|chunk| Value::List(chunk.to_vec()))
            .collect(),
    ))
}

fn coalesce_list(args: &Args) -> Outcome {
    for i in 0..args.len() {
        if !args.list(i)?.is_empty() {
            return Ok(args.get(i).clone());
        }
    }
    Err(Fault::new("every list is empty"))
}

/// `range(limit)`, `range(start, limit)`, `range(start, limit, step)`.
fn range(args: &Args) -> Outcome {
    const MOST: usize = 1024;
    let (start, limit) = if args.len() == 1 {
        (0, args.int(0)?)
    } else {
        (args.int(0)?, args.int(1)?)
    };
    let step = match args.len() {
        3 => args.int(2)?,
        _ if limit < start => -1,
        _ => 1,
    };
    if step == 0 {
        return Err(Fault::arg(2, "the step must not be 0"));
    }
    let mut out = Vec::new();
    let mut at = start;
    while (step > 0 && at < limit) || (step < 0 && at > limit) {
        if out.len() == MOST {
            return Err(Fault::new(format!("makes more than {MOST} elements")));
        }
        out.push(Value::Number(Number::Int(at)));
        match at.checked_add(step) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(Value::List(out))
}

fn zipmap(args: &Args) -> Outcome {
    let (keys, values) = (args.texts(0)?, args.list(1)?);
    if keys.len() != values.len() {
        return Err(Fault::arg(
            1,
            format!("there are {} keys and {} values", keys.len(), values.len()),
        ));
    }
    Ok(Value::Map(
        keys.into_iter().zip(values.iter().cloned()).collect(),
    ))
}

/// Elements of the first list that are (`keep`) or are not in every other one.
fn set_filter(args: &Args, keep: bool) -> Outcome {
    let mut out = args.list(0)?.to_vec();
    for i in 1..args.len() {
        let other = args.list(i)?;
        out.retain(|item| other.iter().any(|o| o.equals(item)) == keep);
    }
    Ok(Value::List(set(out)))
}
