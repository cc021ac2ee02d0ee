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

/// Scan rules. Start from a constant and change fields, since fields may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    /// In `'…'` and `"…"` a backslash escapes the next character.
    pub backslash_escapes: bool,
    /// In `E'…'` a backslash escapes the next character.
    pub escape_strings: bool,
    /// `$$…$$` and `$tag$…$tag$` are strings.
    pub dollar_quotes: bool,
    /// `` `…` `` is a quoted name.
    pub backticks: bool,
    /// `[…]` is a quoted name, `]]` a bracket in it.
    pub brackets: bool,
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
    /// For text of no known dialect: reads what most dialects share, and bodies.
    pub const GENERIC: Self = Self {
        backslash_escapes: false,
        escape_strings: false,
        dollar_quotes: true,
        backticks: true,
        brackets: false,
        hash_comments: false,
        spaced_dashes: false,
        cr_ends_comment: false,
        nested_comments: false,
        versioned_comments: false,
        delimiter_command: true,
        go_batches: false,
        refuse_client_input: false,
        bodies: Bodies::StoredProgram,
    };

    /// PostgreSQL and what follows its lexer (psql's rules for `BEGIN ATOMIC`).
    pub const POSTGRES: Self = Self {
        escape_strings: true,
        backticks: false,
        cr_ends_comment: true,
        nested_comments: true,
        refuse_client_input: true,
        bodies: Bodies::Atomic,
        ..Self::GENERIC
    };

    /// MySQL and MariaDB with their default SQL mode.
    pub const MYSQL: Self = Self {
        backslash_escapes: true,
        dollar_quotes: false,
        hash_comments: true,
        spaced_dashes: true,
        versioned_comments: true,
        ..Self::GENERIC
    };

    /// SQLite; triggers end as its shell decides.
    pub const SQLITE: Self = Self {
        dollar_quotes: false,
        brackets: true,
        bodies: Bodies::TriggerEnd,
        ..Self::GENERIC
    };

    /// T-SQL with quoted identifiers on.
    pub const MSSQL: Self = Self {
        dollar_quotes: false,
        backticks: false,
        brackets: true,
        nested_comments: true,
        go_batches: true,
        bodies: Bodies::Batch,
        ..Self::GENERIC
    };
}
