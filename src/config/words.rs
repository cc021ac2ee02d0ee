//! How settings are written in a config file, which is `trueup.yaml` or `atlas.hcl`, or none.

use std::path::Path;

/// The names that a config file has unless `--config` says otherwise.
pub const NAMES: [&str; 3] = ["trueup.yaml", "trueup.yml", "atlas.hcl"];

/// Whether a config file is YAML, by its name.
pub fn is_yaml(name: &str) -> bool {
    let end = Path::new(name).extension();
    end.is_some_and(|end| end == "yaml" || end == "yml")
}

/// What a config file calls a setting of `atlas.hcl`.
pub fn word<'n>(config: Option<&str>, setting: &'n str) -> &'n str {
    match setting {
        _ if !config.is_some_and(is_yaml) => setting,
        "src" => "schema",
        "exclude" => "ignore",
        "dir" => "migrations",
        _ => setting,
    }
}

/// A list as a setting of a config file.
pub fn line<T: AsRef<str>>(config: Option<&str>, setting: &str, values: &[T]) -> String {
    let yaml = config.is_some_and(is_yaml);
    let quoted = |value: &T| {
        let text = value.as_ref().replace('\\', "\\\\").replace('"', "\\\"");
        // What begins an interpolation is doubled there.
        let text = text.replace("${", "$${");
        match yaml {
            true => format!("\"{text}\""),
            false => format!("\"{}\"", text.replace("%{", "%%{")),
        }
    };
    let values: Vec<String> = values.iter().map(quoted).collect();
    let sign = if yaml { ":" } else { " =" };
    format!("{}{sign} [{}]", word(config, setting), values.join(", "))
}

/// A word for a shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./@:".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_in_the_files_language() {
        let of = |config| line(config, "exclude", &["a.\"b\"", "${x}"]);
        assert_eq!(of(None), r#"exclude = ["a.\"b\"", "$${x}"]"#);
        assert_eq!(of(Some("db/atlas.hcl")), of(None));
        assert_eq!(of(Some("trueup.yml")), r#"ignore: ["a.\"b\"", "$${x}"]"#);
    }
}
