//! Functions that encode and decode, and those that change URLs.

use super::super::super::secret::Secret;
use super::super::super::url::{DbUrl, Part, encode};
use super::super::value::Value;
use super::{Args, Fault, Function, Outcome};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "jsonencode",
        min: 1,
        max: 1,
        run: |_, args| Ok(args.get(0).to_json().to_string().into()),
    },
    Function {
        name: "jsondecode",
        min: 1,
        max: 1,
        run: |_, args| json_decode(args),
    },
    Function {
        name: "urlescape",
        min: 1,
        max: 1,
        run: |_, args| Ok(encode(&args.text(0)?, Part::Query).into()),
    },
    Function {
        name: "urlqueryset",
        min: 3,
        max: 3,
        run: |_, args| {
            Ok(url(args)?
                .with_param(&args.text(1)?, Some(&args.text(2)?))
                .expose()
                .into())
        },
    },
    Function {
        name: "urlsetpath",
        min: 2,
        max: 2,
        run: |_, args| url_set_path(args),
    },
    Function {
        name: "urluserinfo",
        min: 2,
        max: 3,
        run: |_, args| url_user_info(args),
    },
];

fn json_decode(args: &Args) -> Outcome {
    match serde_json::from_str(&args.text(0)?) {
        Ok(json) => Ok(Value::from_json(json)),
        // serde's message would quote the text, which may be secret.
        Err(error) => Err(Fault::arg(
            0,
            format!("not JSON: line {}, column {}", error.line(), error.column()),
        )),
    }
}

fn url(args: &Args) -> Result<DbUrl, Fault> {
    DbUrl::parse(&args.text(0)?).map_err(|error| Fault {
        hint: error.hint(),
        ..Fault::arg(0, error.to_string())
    })
}

fn url_set_path(args: &Args) -> Outcome {
    let mut path = args.text(1)?;
    if !path.is_empty() && !path.starts_with('/') {
        path.insert(0, '/');
    }
    Ok(url(args)?.with_path(&path).expose().into())
}

fn url_user_info(args: &Args) -> Outcome {
    let password = match args.get(2) {
        Value::Null => None,
        _ => Some(Secret::new(args.text(2)?)),
    };
    Ok(url(args)?
        .with_user(&args.text(1)?, password)
        .expose()
        .into())
}
