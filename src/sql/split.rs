//! Puts tokens together to statements: delimiters, batches, and where directives stand.

use super::body::{Body, Sig};
use super::delimiter::{COMMAND, Delimiter, delimiter_line, written_delimiter};
use super::directive::{Directive, Placement, parse_directive};
use super::options::Bodies;
use super::token::{Kind, Lexer, Token};
use super::{Position, ScanError, ScanOptions, Script, Statement, position_at};

/// The state of a scan.
pub(super) struct Splitter<'a> {
    input: &'a str,
    lexer: Lexer<'a>,
    delimiter: Delimiter,
    options: &'a ScanOptions,
    script: Script,
    /// The last position that was asked for.
    cursor: Position,
    /// The comments since the last statement or blank line, with the directives that they are.
    group: Vec<Option<Directive>>,
    /// Comment groups before the first statement that a blank line has ended.
    groups: usize,
    /// No line break since the last statement.
    same_line: bool,
    /// A delimiter from a directive, and the end of that directive's comment.
    pending: Option<(usize, Delimiter)>,
    /// The first statement of the open batch.
    batch: usize,
    go_seen: bool,
    no_go_ahead: bool,
}

/// How a statement ends.
enum End<'a> {
    Delimiter(Token<'a>),
    Go(Token<'a>),
    Input,
    /// Of a routine that is its own batch although no `GO` says so.
    At(usize),
}

impl<'a> Splitter<'a> {
    pub(super) fn new(input: &'a str, options: &'a ScanOptions) -> Result<Self, ScanError> {
        let mut splitter = Self {
            input,
            lexer: Lexer::new(input, &options.rules),
            delimiter: Delimiter::Semicolon,
            options,
            script: Script::default(),
            cursor: Position::START,
            group: Vec::new(),
            groups: 0,
            same_line: false,
            pending: None,
            batch: 0,
            go_seen: false,
            no_go_ahead: false,
        };
        splitter.pending = delimiter_directive(input, options)?;
        Ok(splitter)
    }

    pub(super) fn run(mut self) -> Result<Script, ScanError> {
        while let Some(first) = self.gap()? {
            self.statement(first)?;
        }
        self.detach();
        Ok(self.script)
    }

    /// The directives before the first statement.
    pub(super) fn header(mut self) -> Vec<Directive> {
        // Whatever can't be read ends the header; the scan itself reports it.
        if let Ok(Some(_)) = self.gap() {
            self.attach();
        } else {
            self.detach();
        }
        self.script.directives
    }

    fn error(&self, offset: usize, message: impl Into<String>) -> ScanError {
        error(self.input, offset, message)
    }

    /// The next token, which ends where the delimiter in force begins; nothing at the end of the input.
    fn next(&mut self, code: bool) -> Result<Option<Token<'a>>, ScanError> {
        let start = self.lexer.at;
        let delimiter = |lexer: &Lexer<'_>, at| {
            let matches = || self.delimiter.matches(self.input, at);
            lexer.mark.is_none().then(matches).flatten()
        };
        if let Some(length) = delimiter(&self.lexer, start) {
            self.lexer.at += length;
            return Ok(Some(Token {
                kind: Kind::Delimiter,
                closed: true,
                text: &self.input[start..self.lexer.at],
                start,
            }));
        }
        let Some(mut token) = self.lexer.token(code) else {
            return match self.lexer.mark {
                Some(open) => Err(self.error(open, "unclosed '/*!'")),
                None => Ok(None),
            };
        };
        match token.kind {
            _ if !token.closed => return Err(self.unclosed(token)),
            Kind::Comment | Kind::Mark | Kind::Name | Kind::Text => {}
            _ if matches!(self.delimiter, Delimiter::Custom { .. }) => {
                let mut inside = start + 1..token.end();
                if let Some(at) = inside.find(|at| delimiter(&self.lexer, *at).is_some()) {
                    token.text = &self.input[start..at];
                    self.lexer.at = at;
                }
            }
            _ => {}
        }
        Ok(Some(token))
    }

    /// The error of what a token opens and does not close.
    fn unclosed(&self, token: Token<'a>) -> ScanError {
        let message = match token.opening() {
            "" => "unclosed '/*'".to_owned(),
            "[" => "unclosed bracket [".to_owned(),
            quote if quote.len() > 1 => format!("unclosed dollar quote {quote}"),
            quote => format!("unclosed quote {quote}"),
        };
        self.error(token.start + token.prefix().len(), message)
    }

    fn position(&mut self, offset: usize) -> Position {
        self.cursor = self.cursor.advanced(self.input, offset);
        self.cursor
    }

    /// Skips what is between statements; the first token of the next one.
    fn gap(&mut self) -> Result<Option<Token<'a>>, ScanError> {
        loop {
            if self
                .pending
                .as_ref()
                .is_some_and(|(from, _)| self.lexer.at >= *from)
                && let Some((_, delimiter)) = self.pending.take()
            {
                self.delimiter = delimiter;
            }
            if self.options.delimiter_command && self.delimiter_command()? {
                continue;
            }
            if self.options.refuse_client_input && self.dump_guard() {
                continue;
            }
            let Some(token) = self.next(false)? else {
                return Ok(None);
            };
            match token.kind {
                Kind::Space => {
                    let breaks = token.text.bytes().filter(|&b| b == b'\n').count();
                    self.same_line &= breaks == 0;
                    if breaks > 1 {
                        self.detach();
                    }
                }
                Kind::Comment => self.comment(token),
                Kind::Delimiter => {
                    self.same_line &= !token.text.contains('\n');
                    self.detach();
                }
                Kind::Word if self.is_go(token) => self.go(token)?,
                _ => return Ok(Some(token)),
            }
        }
    }

    fn comment(&mut self, token: Token<'a>) {
        let text = token.text;
        let directive = parse_directive(text).map(|(name, args)| Directive {
            name: name.to_owned(),
            args: args.to_owned(),
            pos: self.position(token.start),
            placement: Placement::Misplaced,
        });
        if self.same_line {
            self.same_line = !text.contains('\n');
            self.script
                .directives
                .extend(directive.filter(Directive::is_file_level));
        } else {
            self.group.push(directive);
        }
    }

    /// The pending comments belong to no statement.
    fn detach(&mut self) {
        if self.group.is_empty() {
            return;
        }
        let placement = match (self.script.statements.is_empty(), self.groups) {
            (true, 0) => Placement::Header,
            (true, _) => Placement::Later,
            (false, _) => Placement::Misplaced,
        };
        self.groups += 1;
        let directives = self.group.drain(..).flatten();
        self.script
            .directives
            .extend(directives.map(|found| found.placed(placement)));
    }

    /// The pending comments belong to the statement that begins.
    fn attach(&mut self) {
        let placement = match (self.script.statements.is_empty(), self.groups) {
            (true, 0) => Placement::Attached,
            (true, _) => Placement::Later,
            (false, _) => Placement::Misplaced,
        };
        let directives = self.group.drain(..).flatten();
        let directives = directives.filter(Directive::is_file_level);
        self.script
            .directives
            .extend(directives.map(|found| found.placed(placement)));
    }

    /// Consumes a `DELIMITER x` line, if one is here.
    fn delimiter_command(&mut self) -> Result<bool, ScanError> {
        let start = self.lexer.at;
        let Some(line) = delimiter_line(self.input, start) else {
            return Ok(false);
        };
        let delimiter = written_delimiter(line)
            .and_then(|text| Delimiter::new(&text, false, self.options.go_batches));
        self.delimiter = delimiter.map_err(|message| self.error(start, message))?;
        self.lexer.at = start + COMMAND.len() + line.len();
        self.detach();
        Ok(true)
    }

    /// Consumes a line by which a dump keeps its reader from obeying commands in it: a server has none.
    fn dump_guard(&mut self) -> bool {
        let start = self.lexer.at;
        let rest = &self.input[start..];
        let line = rest.split('\n').next().unwrap_or(rest);
        let word = line.split_whitespace().next();
        let found = line.starts_with('\\')
            && self.starts_line(start)
            && matches!(word, Some("\\restrict" | "\\unrestrict"));
        if found {
            self.lexer.at += line.len();
            self.detach();
        }
        found
    }

    fn statement(&mut self, first: Token<'a>) -> Result<(), ScanError> {
        if first.text.starts_with(['\\', '.', ':']) {
            return Err(self.client_command(first.start));
        }
        self.attach();
        let start = self.position(first.start);
        let end = self.end_of_statement(first)?;
        let input = self.input;
        let (stop, go) = match end {
            End::Delimiter(token) if self.delimiter == Delimiter::Semicolon => (token.end(), None),
            End::Delimiter(token) => (token.start, None),
            End::Go(token) => (token.start, Some(token)),
            End::Input => (input.len(), None),
            End::At(stop) => (stop, None),
        };
        let text = input[first.start..stop].trim_end();
        self.script.statements.push(Statement {
            text: text.to_owned(),
            start,
            range: first.start..first.start + text.len(),
            repeat: 1,
        });
        self.same_line = match end {
            End::Delimiter(token) => !token.text.contains('\n'),
            _ => true,
        };
        if let Some(token) = go {
            self.same_line = false;
            self.go(token)?;
        }
        Ok(())
    }

    /// Reads a statement through its end.
    fn end_of_statement(&mut self, first: Token<'a>) -> Result<End<'a>, ScanError> {
        let custom = self.delimiter != Delimiter::Semicolon;
        let mut body = Body::new(if custom {
            Bodies::None
        } else {
            self.options.bodies
        });
        let mut parens = Parens::default();
        let mut copy = Copy::new(self.options, first.text);
        let (mut own_batch, mut boundary) = (None, first.start);
        let mut next = Some(first);
        while let Some(token) = next {
            let outside = parens.depth == 0;
            let sig = match token.kind {
                Kind::Space | Kind::Comment => None,
                Kind::Delimiter if outside && body.ends_here() => return Ok(End::Delimiter(token)),
                Kind::Delimiter => Some(Sig::Delimiter),
                Kind::Word if self.is_go(token) => {
                    self.check_closed(first, &parens, &body)?;
                    return Ok(End::Go(token));
                }
                Kind::Word => {
                    self.check_word(first, token, custom, &mut copy)?;
                    Some(Sig::Word(token.text))
                }
                Kind::Number | Kind::Parameter => Some(Sig::Word(token.text)),
                Kind::Name | Kind::Text => Some(Sig::Quoted),
                Kind::Symbol if token.text == "\\" && self.options.refuse_client_input => {
                    return Err(self.client_command(token.start));
                }
                Kind::Symbol | Kind::Mark => {
                    parens
                        .see(token.text, token.start)
                        .map_err(|()| self.error(token.start, "unexpected ')'"))?;
                    token.text.bytes().next_back().map(Sig::Punct)
                }
            };
            if let Some(sig) = sig.filter(|_| outside || parens.depth == 0) {
                body.see(sig, token.start);
                if sig == Sig::Delimiter {
                    boundary = token.end();
                } else if body.begins_next() && !self.go_seen {
                    let end = own_batch.map_or(boundary, |end| self.own_batch(end));
                    self.lexer.at = end;
                    return Ok(End::At(end));
                }
                if body.closed_whole_body() && own_batch.is_none() && !self.go_seen {
                    own_batch = Some(token.end());
                    if self.no_go_ahead {
                        break;
                    }
                }
            }
            next = self.next(true)?;
        }
        if let Some(end) = own_batch {
            self.no_go_ahead = true;
            return Ok(End::At(self.own_batch(end)));
        }
        self.check_closed(first, &parens, &body)?;
        Ok(End::Input)
    }

    /// Ends a routine at `end` or the `;` after it, and continues from there.
    fn own_batch(&mut self, end: usize) -> usize {
        let tail = &self.input[end..];
        let code = tail.trim_start();
        let semicolon = end + tail.len() - code.len() + 1;
        self.lexer.at = if code.starts_with(';') {
            semicolon
        } else {
            end
        };
        self.lexer.at
    }

    /// Errors of a statement that ends while something in it is open.
    fn check_closed(
        &self,
        first: Token<'a>,
        parens: &Parens,
        body: &Body<'_>,
    ) -> Result<(), ScanError> {
        if parens.depth > 0 {
            return Err(self.error(parens.open, "unclosed '('"));
        }
        match body.unclosed() {
            Some((open, message)) => Err(self.error(open.unwrap_or(first.start), message)),
            None => Ok(()),
        }
    }

    /// Errors of words that no server understands.
    fn check_word(
        &self,
        first: Token<'a>,
        token: Token<'a>,
        custom: bool,
        copy: &mut Copy,
    ) -> Result<(), ScanError> {
        if copy.see(token.text) {
            return Err(ScanError {
                hint: Some(
                    "dump with `--inserts`, or only the schema with `--schema-only`; or write the rows as INSERT statements",
                ),
                ..self.error(
                    first.start,
                    "COPY … FROM stdin is followed by rows, which only an interactive client sends",
                )
            });
        }
        if custom
            && token.start > first.start
            && self.options.delimiter_command
            && self.starts_line(token.start)
            && delimiter_line(self.input, token.start).is_some()
        {
            return Err(ScanError {
                hint: Some("end it with the delimiter in force, or set that only after it"),
                ..self.error(first.start, "this statement is not ended before DELIMITER")
            });
        }
        Ok(())
    }

    fn client_command(&self, offset: usize) -> ScanError {
        ScanError {
            hint: Some("remove it; a migration holds only what the server itself can run"),
            ..self.error(
                offset,
                "this is a command of an interactive client, not SQL",
            )
        }
    }

    fn starts_line(&self, offset: usize) -> bool {
        let before = self.input[..offset].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', super::BYTE_ORDER_MARK])
    }

    /// Whether a word is a `GO` line: alone on it but for a count and a comment.
    fn is_go(&self, token: Token<'a>) -> bool {
        self.options.go_batches
            && token.text.eq_ignore_ascii_case("GO")
            && self.starts_line(token.start)
            && {
                let (_, rest) = go_count(self.line_after(token));
                rest.is_empty() || rest.starts_with("--")
            }
    }

    fn line_after(&self, token: Token<'a>) -> &'a str {
        let rest = &self.input[token.end()..];
        rest.split('\n').next().unwrap_or(rest)
    }

    /// Ends the batch at a `GO` line.
    fn go(&mut self, token: Token<'a>) -> Result<(), ScanError> {
        let line = self.line_after(token);
        let (count, _) = go_count(line);
        self.lexer.at = token.end() + line.len();
        self.detach();
        let repeat = match count {
            "" => 1,
            digits => digits.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
                self.error(token.start, format!("GO can't run a batch {digits} times"))
            })?,
        };
        let batch = self.script.statements.split_off(self.batch);
        if repeat == 1 {
            self.script.statements.extend(batch);
        } else if let (Some(first), Some(last)) = (batch.first(), batch.last()) {
            let range = first.range.start..last.range.end;
            self.script.statements.push(Statement {
                text: self.input[range.clone()].to_owned(),
                start: first.start,
                range,
                repeat,
            });
        }
        self.batch = self.script.statements.len();
        self.go_seen = true;
        self.same_line = false;
        Ok(())
    }
}

/// The count on a `GO` line and what follows it.
fn go_count(line: &str) -> (&str, &str) {
    let line = line.trim();
    let digits = line
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(line.len());
    let (count, rest) = line.split_at(digits);
    (count, rest.trim_start())
}

/// Open parentheses, of which only the outermost's place is worth keeping.
#[derive(Default)]
struct Parens {
    depth: usize,
    open: usize,
}

impl Parens {
    fn see(&mut self, symbol: &str, offset: usize) -> Result<(), ()> {
        match symbol {
            "(" => {
                if self.depth == 0 {
                    self.open = offset;
                }
                self.depth += 1;
            }
            ")" => self.depth = self.depth.checked_sub(1).ok_or(())?,
            _ => {}
        }
        Ok(())
    }
}

/// Recognises `COPY … FROM stdin`.
struct Copy {
    active: bool,
    from: bool,
}

impl Copy {
    fn new(options: &ScanOptions, first: &str) -> Self {
        let active = options.refuse_client_input && first.eq_ignore_ascii_case("COPY");
        Self {
            active,
            from: false,
        }
    }

    fn see(&mut self, word: &str) -> bool {
        if !self.active {
            return false;
        }
        let stdin = self.from && word.eq_ignore_ascii_case("STDIN");
        self.from = word.eq_ignore_ascii_case("FROM");
        stdin
    }
}

/// The delimiter that the comments before the first statement set, and where its comment ends.
fn delimiter_directive(
    input: &str,
    options: &ScanOptions,
) -> Result<Option<(usize, Delimiter)>, ScanError> {
    let mut lexer = Lexer::new(input, &options.rules);
    let mut found = None;
    // What can't be read here is reported by the scan itself, in its order.
    while let Some(token) = lexer.token(false) {
        match token.kind {
            Kind::Space => {}
            Kind::Comment => {
                if let Some(("delimiter", args)) = parse_directive(token.text) {
                    let wrong = |message: String| error(input, token.start, message);
                    if found.is_some() {
                        return Err(wrong("the delimiter is set twice".to_owned()));
                    }
                    found = Some((
                        token.end(),
                        Delimiter::new(args, true, options.go_batches).map_err(wrong)?,
                    ));
                }
            }
            _ => break,
        }
    }
    Ok(found)
}

fn error(input: &str, offset: usize, message: impl Into<String>) -> ScanError {
    ScanError {
        pos: position_at(input, offset),
        message: message.into(),
        hint: None,
    }
}
