//! A revision that joins lines of a history, as `alembic merge` writes it, by the project's own template: as far as that only
//! fills in what is known. Mako itself is not run.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::layout::Place;
use crate::problem::{Problem, stage};

/// How files are named where the settings don't say.
const NAME: &str = "%(rev)s_%(slug)s";

/// Characters of a message in a file's name.
const SLUG: usize = 40;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Below the directory with revisions.
    pub name: String,
    pub text: String,
}

/// Writes the revision that follows all of `heads`; their names give it its own, so that it is the same each time. `template` is
/// a path and its text.
///
/// # Errors
/// What of the template, or of the form of files' names, is not filled in here.
pub fn merging(
    place: &Place,
    template: (&str, &str),
    heads: &[&str],
    message: &str,
    now: OffsetDateTime,
) -> Result<Made, Problem> {
    let plain = |c: char| {
        if c.is_alphanumeric() || " _./-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let message: String = message.chars().map(plain).collect();
    let digest = Sha256::digest(heads.join(" "));
    let id: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let quoted: Vec<String> = heads.iter().map(|head| format!("'{head}'")).collect();
    let date = now.to_offset(time::UtcOffset::UTC);
    let form = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let created = date.format(form).unwrap_or_default();
    let value = |expression: &str| match expression {
        "message" => Some(message.clone()),
        "up_revision" => Some(id.clone()),
        "repr(up_revision)" => Some(format!("'{id}'")),
        "down_revision | comma,n" => Some(heads.join(", ")),
        "repr(down_revision)" => Some(format!("({})", quoted.join(", "))),
        "repr(branch_labels)" | "repr(depends_on)" => Some("None".to_owned()),
        "create_date" => Some(created.clone()),
        "imports if imports else \"\"" | "imports or \"\"" => Some(String::new()),
        "upgrades if upgrades else \"pass\"" | "upgrades or \"pass\"" => Some("pass".to_owned()),
        "downgrades if downgrades else \"pass\"" | "downgrades or \"pass\"" => {
            Some("pass".to_owned())
        }
        _ => None,
    };
    let (path, text) = template;
    let stop = |line: usize, what: &str| {
        let why = format!("{path}:{line}: the template has `{what}`, which only Mako can render");
        let hint = "`two-heads: rebase` needs no template; or run `alembic merge heads` yourself";
        Problem::new(why).during(stage::DIRECTORY).hint(hint)
    };
    let mut made = String::new();
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let code = line.trim();
        if code.starts_with("##") {
            continue;
        }
        if code.starts_with('%')
            || code.contains("<%")
            || code.contains("</%")
            || code.ends_with('\\')
        {
            return Err(stop(at + 1, code));
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            let (expression, after) = after.split_once('}').ok_or_else(|| stop(at + 1, code))?;
            let words: Vec<&str> = expression.split_whitespace().collect();
            let expression = words.join(" ").replace('\'', "\"");
            made.push_str(&value(&expression).ok_or_else(|| stop(at + 1, &expression))?);
            rest = after;
        }
        made.push_str(rest);
    }
    let name = name(place, &id, &message, date)?;
    Ok(Made { name, text: made })
}

/// The file's name, as `file_template` has it.
fn name(place: &Place, id: &str, message: &str, date: OffsetDateTime) -> Result<String, Problem> {
    let template = place
        .setting("file_template")
        .unwrap_or_else(|| NAME.to_owned());
    let words = message
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("_").to_lowercase();
    let most = place
        .setting("truncate_slug_length")
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(SLUG);
    if let Some((end, _)) = slug.char_indices().nth(most) {
        slug.truncate(end);
        slug = format!(
            "{}_",
            slug.rsplit_once('_')
                .map_or(slug.as_str(), |(before, _)| before)
        );
    }
    let value = |name: &str| match name {
        "rev" => Some(id.to_owned()),
        "slug" => Some(slug.clone()),
        "epoch" => Some(date.unix_timestamp().to_string()),
        "year" => Some(date.year().to_string()),
        "month" => Some(u8::from(date.month()).to_string()),
        "day" => Some(date.day().to_string()),
        "hour" => Some(date.hour().to_string()),
        "minute" => Some(date.minute().to_string()),
        "second" => Some(date.second().to_string()),
        _ => None,
    };
    let stop = || {
        let why = format!("`file_template` is `{template}`, whose form is not known here");
        Problem::new(why)
            .during(stage::DIRECTORY)
            .hint("run `alembic merge heads` yourself")
    };
    let mut made = String::new();
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once("%(") {
        made.push_str(before);
        let (name, after) = after.split_once(')').ok_or_else(stop)?;
        let value = value(name).ok_or_else(stop)?;
        let forms = [(".2d", 2), ("02d", 2), ("d", 0), ("s", 0)];
        let (form, width) = forms
            .iter()
            .find(|(form, _)| after.starts_with(form))
            .ok_or_else(stop)?;
        made.push_str(&format!("{value:0>width$}"));
        rest = &after[form.len()..];
    }
    made.push_str(rest);
    let parts = made
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.'));
    match parts && !made.contains('%') {
        true => Ok(format!("{made}.py")),
        false => Err(stop()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Files;
    use super::super::revision::read;
    use super::*;
    use time::macros::datetime;

    const GENERIC: &str = "\"\"\"${message}\n\nRevision ID: ${up_revision}\nRevises: ${down_revision | comma,n}\nCreate Date: \
                           ${create_date}\n\n\"\"\"\nfrom alembic import op\n${imports if imports else \"\"}\n\nrevision: str = \
                           ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\nbranch_labels = \
                           ${repr(branch_labels)}\ndepends_on = ${repr(depends_on)}\n\n\ndef upgrade() -> None:\n    \
                           ${upgrades if upgrades else \"pass\"}\n\n\ndef downgrade() -> None:\n    ${downgrades if downgrades \
                           else \"pass\"}\n";

    fn made(settings: &str, template: &str) -> Result<Made, String> {
        let text = format!("[alembic]\nscript_location = a\n{settings}\n");
        let files = Files {
            work: "",
            is_dir: &|_| true,
        };
        let place = Place::read("alembic.ini", "alembic", &text, files).unwrap();
        let now = datetime!(2024-01-02 03:04:05 UTC);
        let message = "merge release/\"\"\"x";
        merging(
            &place,
            ("a/script.py.mako", template),
            &["t1", "m2"],
            message,
            now,
        )
        .map_err(|problem| problem.message)
    }

    #[test]
    fn the_template_is_filled_in_as_by_alembic() {
        let Made { name, text } = made("", GENERIC).unwrap();
        let found = read(&name, &text).unwrap();
        assert_eq!(found.follows().collect::<Vec<_>>(), ["t1", "m2"]);
        assert_eq!(name, format!("{}_merge_release____x.py", found.id));
        let head = format!(
            "\"\"\"merge release/___x\n\nRevision ID: {}\nRevises: t1, m2\nCreate Date: 2024-01-02 03:04:05\n\n\"\"\"\nfrom alembic import op\n\n\n\
             revision: str = '{}'\ndown_revision = ('t1', 'm2')\nbranch_labels = None\n",
            found.id, found.id
        );
        assert!(text.starts_with(&head), "{text}");
        let dated = made(
            "file_template = %%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(rev)s",
            GENERIC,
        )
        .unwrap();
        assert_eq!(dated.name, format!("2024_01_02_0304-{}.py", found.id));
    }

    #[test]
    fn what_only_mako_fills_in_is_refused() {
        let why = |template: &str| made("", template).unwrap_err();
        assert_eq!(
            why("x\n% if x:\n"),
            "a/script.py.mako:2: the template has `% if x:`, which only Mako can render"
        );
        assert_eq!(
            why("${config.x}"),
            "a/script.py.mako:1: the template has `config.x`, which only Mako can render"
        );
        assert!(why("<%! import os %>").contains("`<%! import os %>`"));
        let why = made("file_template = %%(author)s", GENERIC).unwrap_err();
        assert_eq!(
            why,
            "`file_template` is `%(author)s`, whose form is not known here"
        );
        assert!(made("file_template = ../%%(rev)s", GENERIC).is_err());
    }
}
