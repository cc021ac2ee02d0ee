//! Colours, where there are any.

/// How text is set off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// ANSI escapes are understood and wanted.
    pub color: bool,
}

impl Style {
    /// Without colours.
    pub const PLAIN: Self = Self { color: false };

    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Emphasis.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Good, or added.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// To be looked at, or modified.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Wrong, or dropped.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }
}
