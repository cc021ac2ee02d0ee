//! Builds SQL text that can be written on one line or indented.

/// A statement under construction: words separated by single blanks, lists that may break over lines.
#[derive(Clone, Debug)]
pub struct Sql {
    text: String,
    indent: Option<String>,
}

impl Sql {
    /// Starts with these words; `indent` as in [`super::PlanOptions::indent`].
    pub fn new(words: &str, indent: Option<&str>) -> Self {
        Self {
            text: words.to_owned(),
            indent: indent.map(str::to_owned),
        }
    }

    /// Appends words after a blank.
    pub fn word(&mut self, words: &str) -> &mut Self {
        if !words.is_empty() {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(words);
        }
        self
    }

    /// Appends `(…)` with one item a line when indenting, on one line otherwise.
    pub fn block<S: AsRef<str>>(&mut self, items: impl IntoIterator<Item = S>) -> &mut Self {
        let items: Vec<String> = items
            .into_iter()
            .map(|item| item.as_ref().to_owned())
            .collect();
        let block = match &self.indent {
            Some(indent) if !items.is_empty() => {
                format!("(\n{indent}{}\n)", items.join(&format!(",\n{indent}")))
            }
            _ => format!("({})", items.join(", ")),
        };
        self.word(&block)
    }

    /// Appends `a, b, …` on one line.
    pub fn comma<S: AsRef<str>>(&mut self, items: impl IntoIterator<Item = S>) -> &mut Self {
        let items: Vec<String> = items
            .into_iter()
            .map(|item| item.as_ref().to_owned())
            .collect();
        self.word(&items.join(", "))
    }

    /// The statement's text.
    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_breaks_only_when_indenting() {
        let build = |indent| {
            let mut sql = Sql::new("CREATE TABLE t", indent);
            sql.block(["a int", "b int"]).word("STRICT");
            sql.finish()
        };
        assert_eq!(build(None), "CREATE TABLE t (a int, b int) STRICT");
        assert_eq!(
            build(Some("  ")),
            "CREATE TABLE t (\n  a int,\n  b int\n) STRICT"
        );
    }
}
