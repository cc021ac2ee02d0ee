//! Follows a statement word by word to tell whether a `;` ends it or belongs to a body inside it.
//! Sees only significant tokens outside parentheses.

use super::options::Bodies;

/// A significant token: neither whitespace nor comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sig<'a> {
    Word(&'a str),
    Quoted,
    Punct(u8),
    Delimiter,
}

impl Sig<'_> {
    fn is(self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn is_any(self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }
}

/// What kind of block is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Compound,
    If,
    CaseStatement,
    CaseExpression,
    Loop,
    Repeat,
}

/// How far the first words of a statement have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Start,
    /// After `CREATE` or `ALTER`; past `DEFINER` any word may come before the kind.
    Create {
        definer: bool,
    },
    /// After `BEGIN`, `BEGIN NOT`: maybe an anonymous block.
    Begin {
        offset: usize,
        not: bool,
    },
    /// After `DECLARE`: maybe a variable that lives as long as its batch.
    Declare,
    /// A statement with a body: its name has been read or not, the body may begin or not yet.
    Routine {
        kind: Routine,
        named: bool,
        ready: bool,
    },
    /// Nothing more to follow.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Routine {
    Trigger,
    Event,
    Callable,
}

/// The state of one statement.
#[derive(Debug)]
pub(super) struct Body<'a> {
    style: Bodies,
    head: Head,
    stack: Vec<(Block, usize)>,
    previous: [Option<Sig<'a>>; 2],
    /// The next token begins a statement inside a body; the previous one did.
    at_start: bool,
    was_start: bool,
    /// The previous token may be a label.
    labelled: bool,
    /// In `DECLARE …`, in `DECLARE … HANDLER …`, in `UNTIL …`.
    declare: bool,
    handler: bool,
    until: bool,
    /// The previous token is an `END` that closed a block.
    closed: Option<(Block, usize)>,
    /// The statement takes the rest of its batch.
    takes_batch: bool,
    /// It does so as a routine.
    in_routine: bool,
    /// The outermost block directly follows `AS`: it is the whole body of a routine.
    whole_body: bool,
    /// How far the words after the last delimiter of a routine read like the head of another.
    next: Head,
}

/// Words that begin a body which is one plain statement.
const SIMPLE: &[&str] = &[
    "SET", "INSERT", "UPDATE", "DELETE", "SELECT", "CALL", "RETURN", "REPLACE", "SIGNAL",
    "RESIGNAL", "TRUNCATE", "DROP", "CREATE", "ALTER", "WITH", "VALUES", "GRANT", "REVOKE",
    "START", "COMMIT", "ROLLBACK", "ANALYZE", "OPTIMIZE", "EXECUTE", "PREPARE", "LOCK", "FLUSH",
];

/// Words that close no operand, so that an `END` after one is a name.
const NO_OPERAND: &[&str] = &["WHEN", "CASE", "AND", "OR", "NOT", "THEN", "ELSE", "AS"];

impl<'a> Body<'a> {
    pub(super) fn new(style: Bodies) -> Self {
        Self {
            style,
            head: Head::Start,
            stack: Vec::new(),
            previous: [None, None],
            at_start: false,
            was_start: false,
            labelled: false,
            declare: false,
            handler: false,
            until: false,
            closed: None,
            takes_batch: false,
            in_routine: false,
            whole_body: false,
            next: Head::Plain,
        }
    }

    /// Whether a delimiter here would end the statement.
    pub(super) fn ends_here(&self) -> bool {
        self.stack.is_empty() && !self.takes_batch && (!self.in_trigger() || self.at_trigger_end())
    }

    /// Whether the token just seen closed the block that is the whole body of a routine.
    pub(super) fn closed_whole_body(&self) -> bool {
        self.takes_batch && self.whole_body && self.closed.is_some() && self.stack.is_empty()
    }

    /// Whether the token just seen says that another routine has begun since the last delimiter. No
    /// routine may contain one, so it is a statement of its own.
    pub(super) fn begins_next(&self) -> bool {
        matches!(self.next, Head::Routine { .. })
    }

    /// What is missing at the end of the input: where it was opened, if that is known, and a message.
    pub(super) fn unclosed(&self) -> Option<(Option<usize>, &'static str)> {
        if let Some((block, offset)) = self.stack.last() {
            let message = match block {
                Block::Compound => "this BEGIN has no END",
                Block::If => "this IF has no END IF",
                Block::CaseStatement | Block::CaseExpression => "this CASE has no END",
                Block::Loop => "this loop has no END",
                Block::Repeat => "this REPEAT has no END REPEAT",
            };
            return Some((Some(*offset), message));
        }
        (self.in_trigger() && !self.at_trigger_end()).then_some((
            None,
            "this trigger has no END after the last ';' of its body",
        ))
    }

    fn in_trigger(&self) -> bool {
        self.style == Bodies::TriggerEnd
            && matches!(
                self.head,
                Head::Routine {
                    kind: Routine::Trigger,
                    ..
                }
            )
    }

    fn at_trigger_end(&self) -> bool {
        self.previous[0].is_some_and(|sig| sig.is("END"))
            && self.previous[1] == Some(Sig::Delimiter)
    }

    /// Takes the next significant token, which starts at `offset` outside parentheses.
    pub(super) fn see(&mut self, sig: Sig<'a>, offset: usize) {
        if self.style == Bodies::None {
            return;
        }
        self.labelled = self.was_start;
        self.was_start = std::mem::replace(&mut self.at_start, false);
        let closed = self.closed.take();
        match sig {
            _ if self.previous[0] == Some(Sig::Punct(b'.')) => {}
            _ if self.style == Bodies::Batch => self.batch(sig, offset, closed),
            _ if !self.stack.is_empty() => self.inside(sig, offset, closed),
            _ => self.head(sig, offset),
        }
        self.previous = [Some(sig), self.previous[0]];
    }

    fn follows(&self, keyword: &str) -> bool {
        self.previous[0].is_some_and(|sig| sig.is(keyword))
    }

    fn push(&mut self, block: Block, sig: Sig<'_>, offset: usize) {
        self.stack.push((block, offset));
        self.at_start = matches!(block, Block::Compound | Block::Repeat) || sig.is("LOOP");
    }

    fn pop(&mut self) {
        self.closed = self.stack.pop();
        if self.stack.is_empty() {
            self.head = Head::Plain;
        }
    }

    fn head(&mut self, sig: Sig<'a>, offset: usize) {
        match self.head {
            Head::Plain => {}
            Head::Start => self.head = self.first(sig, offset),
            Head::Create { definer } => self.head = self.create(sig, definer),
            Head::Begin { offset, not } => {
                self.head = if !not && sig.is("NOT") {
                    Head::Begin { offset, not: true }
                } else {
                    Head::Plain
                };
                if not && sig.is("ATOMIC") {
                    self.push(Block::Compound, sig, offset);
                }
            }
            Head::Declare => {
                self.takes_batch = matches!(sig, Sig::Word(word) if word.starts_with('@'));
                self.head = Head::Plain;
            }
            Head::Routine { kind, named, ready } => self.header(sig, offset, kind, named, ready),
        }
    }

    fn first(&mut self, sig: Sig<'a>, offset: usize) -> Head {
        if sig.is("CREATE") || sig.is("ALTER") {
            return Head::Create { definer: false };
        }
        match self.style {
            Bodies::StoredProgram if sig.is("BEGIN") => return Head::Begin { offset, not: false },
            Bodies::StoredProgram => {
                if let Some(block) = Self::control(sig) {
                    self.push(block, sig, offset);
                }
            }
            Bodies::Batch if sig.is("DECLARE") => return Head::Declare,
            _ => {}
        }
        Head::Plain
    }

    fn create(&self, sig: Sig<'a>, definer: bool) -> Head {
        let stay = Head::Create { definer };
        let routine = |kind| Head::Routine {
            kind,
            named: false,
            ready: false,
        };
        match sig {
            Sig::Punct(_) => stay,
            _ if sig.is_any(&["OR", "REPLACE", "ALTER", "TEMP", "TEMPORARY", "AGGREGATE"]) => stay,
            _ if sig.is("DEFINER") => Head::Create { definer: true },
            _ if sig.is("TRIGGER") && self.style != Bodies::Atomic => routine(Routine::Trigger),
            _ if sig.is("EVENT") && self.style == Bodies::StoredProgram => routine(Routine::Event),
            _ if sig.is_any(&["PROCEDURE", "FUNCTION"]) && self.style != Bodies::TriggerEnd => {
                routine(Routine::Callable)
            }
            _ if sig.is("PROC") && self.style == Bodies::Batch => routine(Routine::Callable),
            _ if definer => stay,
            _ => Head::Plain,
        }
    }

    /// The part of a routine before its body.
    fn header(&mut self, sig: Sig<'a>, offset: usize, kind: Routine, named: bool, ready: bool) {
        let state = |named, ready| Head::Routine { kind, named, ready };
        if !named {
            let name = !sig.is_any(&["IF", "NOT", "EXISTS"]) && !matches!(sig, Sig::Punct(_));
            self.head = state(name, ready);
            return;
        }
        match self.style {
            Bodies::Atomic => {
                if sig.is("ATOMIC") && self.follows("BEGIN") {
                    self.push(Block::Compound, sig, offset);
                }
                return;
            }
            Bodies::StoredProgram => {}
            _ => return,
        }
        let starts = match kind {
            Routine::Trigger => sig.is("ROW"),
            Routine::Event => sig.is("DO"),
            Routine::Callable => sig == Sig::Punct(b')'),
        };
        self.head = state(named, ready || starts);
        if starts || self.follows("ON") {
            return;
        }
        if sig.is("BEGIN") {
            self.push(Block::Compound, sig, offset);
        } else if ready {
            if let Some(block) = Self::control(sig) {
                self.push(block, sig, offset);
            } else if sig.is_any(SIMPLE) && !self.follows("CHARACTER") {
                self.head = Head::Plain;
            }
        }
    }

    /// The block that a word opens where a statement begins.
    fn control(sig: Sig<'_>) -> Option<Block> {
        if sig.is("IF") {
            Some(Block::If)
        } else if sig.is("CASE") {
            Some(Block::CaseStatement)
        } else if sig.is("REPEAT") {
            Some(Block::Repeat)
        } else if sig.is_any(&["LOOP", "WHILE", "FOR"]) {
            Some(Block::Loop)
        } else {
            None
        }
    }

    /// Inside a body of SQL/PSM.
    fn inside(&mut self, sig: Sig<'a>, offset: usize, closed: Option<(Block, usize)>) {
        let start = self.was_start;
        match sig {
            Sig::Delimiter => {
                (self.at_start, self.declare, self.handler, self.until) =
                    (true, false, false, false);
                return;
            }
            Sig::Punct(b':') => {
                self.at_start = self.labelled;
                return;
            }
            Sig::Word(_) => {}
            Sig::Quoted | Sig::Punct(_) => return,
        }
        if closed.is_some_and(|(block, _)| block != Block::CaseExpression)
            && Self::control(sig).is_some()
        {
            return;
        }
        let top = self.stack.last().map(|(block, _)| *block);
        if top == Some(Block::CaseExpression) || self.style == Bodies::Atomic {
            self.expression(sig, offset, start, top);
        } else if sig.is("END") {
            if start || top == Some(Block::Repeat) && self.until {
                self.until = false;
                self.pop();
            }
        } else if sig.is("BEGIN") {
            if start || self.handler {
                self.handler = false;
                self.push(Block::Compound, sig, offset);
            }
        } else if let Some(block) =
            Self::control(sig).filter(|_| start || self.handler && !sig.is("FOR"))
        {
            self.handler = false;
            self.push(block, sig, offset);
        } else if sig.is("CASE") {
            self.push(Block::CaseExpression, sig, offset);
        } else {
            self.statement_word(sig, start);
        }
    }

    /// `CASE` and `END` where only expressions have them, and the `END` of an atomic body.
    fn expression(&mut self, sig: Sig<'a>, offset: usize, start: bool, top: Option<Block>) {
        if sig.is("CASE") {
            self.push(Block::CaseExpression, sig, offset);
        } else if sig.is("END") {
            let closes = if top == Some(Block::CaseExpression) {
                self.after_operand()
            } else {
                start
            };
            if closes {
                self.pop();
            }
        }
    }

    fn after_operand(&self) -> bool {
        match self.previous[0] {
            Some(Sig::Quoted | Sig::Punct(b')' | b']' | b'}')) => true,
            Some(sig @ Sig::Word(_)) => !sig.is_any(NO_OPERAND),
            _ => false,
        }
    }

    /// Words that say where the next statement of a body begins.
    fn statement_word(&mut self, sig: Sig<'a>, start: bool) {
        if sig.is_any(&["THEN", "ELSE"]) || sig.is("DO") && !start {
            self.at_start = true;
        } else if sig.is_any(&["NOT", "ATOMIC"]) && start {
            // `BEGIN NOT ATOMIC`: the block's first statement is still to come.
            self.at_start = true;
        } else if sig.is("UNTIL") && start {
            self.until = true;
        } else if sig.is("DECLARE") && start {
            self.declare = true;
        } else if sig.is("HANDLER") && self.declare {
            self.handler = true;
        }
    }

    /// T-SQL: its block words are reserved, so wherever they stand they are what they say.
    fn batch(&mut self, sig: Sig<'a>, offset: usize, closed: Option<(Block, usize)>) {
        const NO_BLOCK: &[&str] = &[
            "TRAN",
            "TRANSACTION",
            "DISTRIBUTED",
            "DIALOG",
            "CONVERSATION",
        ];
        if self.head != Head::Plain {
            self.head(sig, offset);
            if matches!(self.head, Head::Routine { .. }) {
                self.takes_batch = true;
                self.in_routine = true;
                self.head = Head::Plain;
            }
        }
        if self.in_routine && self.stack.is_empty() {
            self.next = match (self.next, sig) {
                (_, Sig::Delimiter) => Head::Start,
                (Head::Start, _) if sig.is_any(&["CREATE", "ALTER"]) => {
                    Head::Create { definer: false }
                }
                (Head::Create { .. }, _) if sig.is("VIEW") => Head::Routine {
                    kind: Routine::Callable,
                    named: false,
                    ready: false,
                },
                (Head::Create { definer }, _) => self.create(sig, definer),
                _ => Head::Plain,
            };
        }
        if sig.is_any(&["RETURN", "GOTO"]) {
            // What is left of the batch depends on whether it is reached.
            self.takes_batch = true;
        }
        if sig.is("BEGIN") {
            if self.stack.is_empty() {
                self.whole_body = self.follows("AS");
            }
            self.stack.push((Block::Compound, offset));
        } else if sig.is("CASE") {
            self.stack.push((Block::CaseExpression, offset));
        } else if sig.is("END") {
            self.closed = self.stack.pop();
        } else if sig.is_any(NO_BLOCK) && self.follows("BEGIN") {
            self.stack.pop();
        } else if sig.is("CONVERSATION")
            && let Some(block) = closed
        {
            self.stack.push(block);
        }
    }
}
