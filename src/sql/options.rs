//! What differs between SQL dialects at the level of text, as data.

/// How the scanner finds the end of a statement that contains statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// No statement contains others.
    None,
    /// `BEGIN ATOMIC … END` in `CREATE FUNCTION` and `CREATE PROCEDURE`, as SQL:2003 has it.
    Atomic,
    /// `CREATE TRIGGER … BEGIN …; END;`: a trigger ends at an `END` between two delimiters, and
    /// `begin` and `end` may otherwise be names.
    TriggerEnd,
    /// SQL/PSM: routines, triggers and events with `BEGIN`, `IF`, `CASE`, `LOOP`, `REPEAT`,
    /// `WHILE`, `FOR`, their `END`s, and labels; also such blocks at the top level.
    StoredProgram,
    /// T-SQL: blocks anywhere; a routine takes the rest of its `GO` batch.
    Batch,
}

/// How text is cut into tokens. Start from a constant and change fields, since fields may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// In strings a backslash escapes the next character.
    pub backslash_escapes: bool,
    /// In `E'…'` a backslash escapes the next character.
    pub escape_strings: bool,
    /// `U&'…'` is a string, and `U&"…"` a name.
    pub unicode_strings: bool,
    /// Letters that may stand before the quote of a string, in upper case: `N'…'`.
    pub string_prefixes: &'static str,
    /// `"…"` is a string, not a name.
    pub double_quoted_strings: bool,
    /// `$$…$$` and `$tag$…$tag$` are strings.
    pub dollar_quotes: bool,
    /// `` `…` `` is a quoted name.
    pub backticks: bool,
    /// `[…]` is a quoted name.
    pub brackets: bool,
    /// In it `]]` is a bracket.
    pub doubled_brackets: bool,
    /// What may begin a word besides letters, digits and `_`.
    pub word_starts: &'static str,
    /// What may be inside a word besides these.
    pub word_parts: &'static str,
    /// A name may begin with digits.
    pub digit_names: bool,
    /// What placeholders begin with.
    pub parameters: &'static str,
    /// `#` starts a comment.
    pub hash_comments: bool,
    /// Inside a statement `--` starts a comment only before whitespace or the end.
    pub spaced_dashes: bool,
    /// A carriage return alone ends a line comment.
    pub cr_ends_comment: bool,
    /// `/* /* */ */` is one comment.
    pub nested_comments: bool,
    /// `/*! … */` and `/*M! … */` are code.
    pub versioned_comments: bool,
}

impl Rules {
    /// For text of no known dialect: reads what most dialects share.
    pub const GENERIC: Self = Self {
        backslash_escapes: false,
        escape_strings: false,
        unicode_strings: false,
        string_prefixes: "",
        double_quoted_strings: false,
        dollar_quotes: true,
        backticks: true,
        brackets: false,
        doubled_brackets: false,
        word_starts: "@#",
        word_parts: "@#$",
        digit_names: false,
        parameters: "",
        hash_comments: false,
        spaced_dashes: false,
        cr_ends_comment: false,
        nested_comments: false,
        versioned_comments: false,
    };

    /// PostgreSQL and what follows its lexer.
    pub const POSTGRES: Self = Self {
        escape_strings: true,
        unicode_strings: true,
        string_prefixes: "BNX",
        backticks: false,
        word_starts: "",
        word_parts: "$",
        parameters: "$",
        cr_ends_comment: true,
        nested_comments: true,
        ..Self::GENERIC
    };

    /// MySQL and MariaDB with their default SQL mode.
    pub const MYSQL: Self = Self {
        backslash_escapes: true,
        string_prefixes: "BNX",
        double_quoted_strings: true,
        dollar_quotes: false,
        word_starts: "@$",
        word_parts: "$",
        digit_names: true,
        parameters: "?",
        hash_comments: true,
        spaced_dashes: true,
        versioned_comments: true,
        ..Self::GENERIC
    };

    /// SQLite.
    pub const SQLITE: Self = Self {
        string_prefixes: "X",
        dollar_quotes: false,
        brackets: true,
        word_starts: "",
        word_parts: "$",
        parameters: "?:@$#",
        ..Self::GENERIC
    };

    /// T-SQL with quoted identifiers on.
    pub const MSSQL: Self = Self {
        string_prefixes: "N",
        dollar_quotes: false,
        backticks: false,
        brackets: true,
        doubled_brackets: true,
        nested_comments: true,
        ..Self::GENERIC
    };
}

/// How a script is split. Start from a constant and change fields, since fields may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    pub rules: Rules,
    /// A `DELIMITER x` line changes the delimiter.
    pub delimiter_command: bool,
    /// A line `GO [n]` ends a batch.
    pub go_batches: bool,
    /// Refuse `COPY … FROM stdin` and a backslash outside quotes: input for an interactive client.
    pub refuse_client_input: bool,
    /// Statements that contain statements.
    pub bodies: Bodies,
}

impl ScanOptions {
    /// For text of no known dialect: what most dialects share, and bodies.
    pub const GENERIC: Self = Self {
        rules: Rules::GENERIC,
        delimiter_command: true,
        go_batches: false,
        refuse_client_input: false,
        bodies: Bodies::StoredProgram,
    };

    /// PostgreSQL (psql's rules for `BEGIN ATOMIC`).
    pub const POSTGRES: Self = Self {
        rules: Rules::POSTGRES,
        refuse_client_input: true,
        bodies: Bodies::Atomic,
        ..Self::GENERIC
    };

    /// MySQL and MariaDB.
    pub const MYSQL: Self = Self {
        rules: Rules::MYSQL,
        ..Self::GENERIC
    };

    /// SQLite; triggers end as its shell decides.
    pub const SQLITE: Self = Self {
        rules: Rules::SQLITE,
        bodies: Bodies::TriggerEnd,
        ..Self::GENERIC
    };

    /// T-SQL.
    pub const MSSQL: Self = Self {
        rules: Rules::MSSQL,
        go_batches: true,
        bodies: Bodies::Batch,
        ..Self::GENERIC
    };
}
