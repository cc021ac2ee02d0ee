//! Random models as SQLAlchemy would print them: tables with rows, and edits of them.

use trueup::dialect::Dialect;

/// A small generator of numbers: the same seed gives the same pair everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).expect("it is below n")
    }

    /// True once in `n`.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())])
    }
}

/// What a type's values are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Int,
    Text,
    /// Texts that are no key without a prefix.
    LongText,
    Number,
    Bool,
    Time,
    Date,
    Json,
    Uuid,
    /// Of texts.
    Array,
    /// One of the model's enumerated types.
    Enum,
}

/// What differs between engines in what models can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kit {
    Sqlite,
    Postgres,
    Mysql,
    Mariadb,
    Mssql,
}

impl Kit {
    pub(super) fn of(dialect: &dyn Dialect) -> Self {
        match dialect.profile().name {
            "sqlite" => Self::Sqlite,
            "postgres" => Self::Postgres,
            "mysql" => Self::Mysql,
            "mssql" => Self::Mssql,
            _ => Self::Mariadb,
        }
    }

    fn is_my(self) -> bool {
        matches!(self, Self::Mysql | Self::Mariadb)
    }

    fn types(self) -> &'static [(&'static str, Class)] {
        use Class::{Array, Bool, Date, Enum, Int, Json, LongText, Number, Text, Time, Uuid};
        match self {
            Self::Sqlite => &[
                ("INTEGER", Int),
                ("BIGINT", Int),
                ("VARCHAR(30)", Text),
                ("VARCHAR(60)", Text),
                ("TEXT", LongText),
                ("NUMERIC(10, 2)", Number),
                ("FLOAT", Number),
                ("BOOLEAN", Bool),
                ("DATETIME", Time),
                ("DATE", Date),
                ("JSON", Json),
            ],
            Self::Postgres => &[
                ("INTEGER", Int),
                ("BIGINT", Int),
                ("SMALLINT", Int),
                ("VARCHAR(30)", Text),
                ("VARCHAR(60)", Text),
                ("TEXT", LongText),
                ("NUMERIC(10, 2)", Number),
                ("FLOAT", Number),
                ("BOOLEAN", Bool),
                ("TIMESTAMP WITHOUT TIME ZONE", Time),
                ("TIMESTAMP WITH TIME ZONE", Time),
                ("UUID", Uuid),
                ("VARCHAR(30)[]", Array),
                ("TEXT[]", Array),
                ("DATE", Date),
                ("JSONB", Json),
                ("mood", Enum),
            ],
            Self::Mysql | Self::Mariadb => &[
                ("INTEGER", Int),
                ("BIGINT", Int),
                ("SMALLINT", Int),
                ("INTEGER UNSIGNED", Int),
                ("TINYINT(1) UNSIGNED", Int),
                ("VARCHAR(30)", Text),
                ("VARCHAR(300)", Text),
                ("TEXT", LongText),
                ("NUMERIC(10, 2)", Number),
                ("DOUBLE", Number),
                ("BOOL", Bool),
                ("DATETIME", Time),
                ("DATE", Date),
                ("JSON", Json),
                ("mood", Enum),
            ],
            Self::Mssql => &[
                ("INTEGER", Int),
                ("BIGINT", Int),
                ("SMALLINT", Int),
                ("VARCHAR(30)", Text),
                ("VARCHAR(60)", Text),
                ("NVARCHAR(30)", Text),
                ("VARCHAR(max)", LongText),
                ("NUMERIC(10, 2)", Number),
                ("FLOAT", Number),
                ("BIT", Bool),
                ("DATETIME", Time),
                ("DATETIME2", Time),
                ("DATE", Date),
                ("UNIQUEIDENTIFIER", Uuid),
            ],
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    kit: Kit,
    pub(super) tables: Vec<Table>,
    /// Labels of the enumerated type.
    pub(super) labels: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) name: String,
    /// Beside `id`.
    pub(super) columns: Vec<Column>,
    pub(super) items: Vec<Item>,
    pub(super) id: &'static str,
    /// Numbered by the server, in the first or the second of its ways.
    pub(super) numbered: Option<bool>,
    /// The primary key has this column, too.
    pub(super) second_key: Option<String>,
    pub(super) comment: Option<&'static str>,
    pub(super) option: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: &'static str,
    pub(super) class: Class,
    pub(super) not_null: bool,
    pub(super) default: Option<&'static str>,
    pub(super) generated: Option<String>,
    pub(super) comment: Option<&'static str>,
}

/// A constraint or an index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// An index always has one.
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Index {
        unique: bool,
        partial: bool,
        expression: bool,
        descending: bool,
    },
    Unique,
    Check(String),
    /// To `id` of a table.
    Key {
        target: String,
        on_delete: &'static str,
    },
}

impl Kind {
    pub(super) fn is_unique(&self) -> bool {
        matches!(self, Self::Unique | Self::Index { unique: true, .. })
    }
}

const NAMES: &[&str] = &["ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen"];
/// Where an engine has schemas, some tables are in another one.
const ELSEWHERE: &[&str] = &["zoo.ant", "zoo.bee", "zoo.cat"];
const COLUMNS: &[&str] = &["a", "b", "c", "d", "e", "f", "g"];
const COMMENTS: &[&str] = &["it's one", "two"];

impl Model {
    /// Two to seven tables.
    pub(super) fn random(kit: Kit, random: &mut Random) -> Self {
        let mut model = Self {
            kit,
            tables: Vec::new(),
            labels: vec!["x", "y", "z"],
        };
        for _ in 0..2 + random.below(6) {
            model.add_table(kit, random);
        }
        for _ in 0..random.below(2 * model.tables.len()) {
            let at = random.below(model.tables.len());
            model.add_item(at, kit, random);
        }
        model.settle();
        model
    }

    fn add_table(&mut self, kit: Kit, random: &mut Random) {
        let Some(name) = self.free_table(random) else {
            return;
        };
        let mut table = Table {
            name: name.to_owned(),
            columns: Vec::new(),
            items: Vec::new(),
            id: "INTEGER",
            numbered: random.one_in(3).then(|| random.one_in(2)),
            second_key: None,
            comment: None,
            option: None,
        };
        for _ in 0..1 + random.below(4) {
            table.add_column(kit, random);
        }
        self.tables.push(table);
        for _ in 0..random.below(3) {
            self.add_item(self.tables.len() - 1, kit, random);
        }
    }

    /// A name that no table has, if one is left.
    fn free_table(&self, random: &mut Random) -> Option<&'static str> {
        let has = |name: &str| self.tables.iter().any(|table| table.name == name);
        let names = match self.kit {
            Kit::Postgres | Kit::Mssql if random.one_in(4) => ELSEWHERE,
            _ => NAMES,
        };
        let free: Vec<&str> = names.iter().copied().filter(|name| !has(name)).collect();
        random.pick(&free)
    }

    /// A name that nothing in any table has.
    fn free_name(&self, random: &mut Random) -> String {
        let start = random.below(12);
        let has = |name: &str| {
            let mut items = self.tables.iter().flat_map(|table| &table.items);
            items.any(|item| item.name.as_deref() == Some(name))
        };
        let names = (start..).map(|number| format!("n{number}"));
        let mut free = names.filter(|name| !has(name));
        free.next().expect("numbers don't end")
    }

    #[allow(
        clippy::too_many_lines,
        reason = "an arm for each kind, and nothing else"
    )]
    fn add_item(&mut self, at: usize, kit: Kit, random: &mut Random) {
        let name = self.free_name(random);
        let targets: Vec<(String, &'static str)> = self
            .tables
            .iter()
            .filter(|table| table.second_key.is_none())
            .map(|table| (table.name.clone(), table.id))
            .collect();
        let table = &mut self.tables[at];
        let of = |classes: &[Class]| -> Vec<&Column> {
            let columns = table.columns.iter();
            columns
                .filter(|column| classes.contains(&column.class))
                .collect()
        };
        let keyable = of(&[
            Class::Int,
            Class::Text,
            Class::Number,
            Class::Time,
            Class::Date,
        ]);
        let texts = of(&[Class::Text]);
        let checkable = of(&[Class::Int, Class::Text, Class::Number]);
        let mut columns: Vec<String> = Vec::new();
        if let Some(column) = random.pick(&keyable) {
            columns.push(column.name.clone());
        }
        if random.one_in(3)
            && let Some(column) = random.pick(&keyable)
            && !columns.contains(&column.name)
        {
            columns.push(column.name.clone());
        }
        let unnamed = random.one_in(3);
        let named = (!unnamed).then(|| name.clone());
        let kind = random.below(5);
        let item = match kind {
            0 if !columns.is_empty() => Item {
                name: Some(name),
                columns,
                kind: Kind::Index {
                    unique: random.one_in(3),
                    partial: !kit.is_my() && random.one_in(4),
                    expression: false,
                    descending: random.one_in(4),
                },
            },
            1 if !matches!(kit, Kit::Mariadb | Kit::Mssql) && !texts.is_empty() => Item {
                name: Some(name),
                columns: random
                    .pick(&texts)
                    .map(|column| vec![column.name.clone()])
                    .unwrap_or_default(),
                kind: Kind::Index {
                    unique: false,
                    partial: false,
                    expression: true,
                    descending: false,
                },
            },
            2 if !columns.is_empty() => Item {
                name: named,
                columns,
                kind: Kind::Unique,
            },
            3 => {
                let Some(column) = random.pick(&checkable) else {
                    return;
                };
                let text = match (column.class, random.below(2)) {
                    (Class::Text, 0) if kit == Kit::Mssql => format!("len({}) > 0", column.name),
                    (Class::Text, 0) => format!("length({}) > 0", column.name),
                    (Class::Text, _) => format!("{} <> 'q'", column.name),
                    (_, 0) => format!("{} > 0", column.name),
                    (_, _) => format!("{} IS NULL OR {0} < 900", column.name),
                };
                Item {
                    name: named,
                    columns: vec![column.name.clone()],
                    kind: Kind::Check(text),
                }
            }
            _ => {
                let target = random.below(targets.len());
                let Some((target, id)) = targets.get(target) else {
                    return;
                };
                let free = (0..).map(|number| format!("r{number}"));
                let mut free =
                    free.filter(|name| !table.columns.iter().any(|column| column.name == *name));
                let column = free.next().expect("numbers don't end");
                table.columns.push(Column {
                    name: column.clone(),
                    ty: id,
                    class: Class::Int,
                    not_null: random.one_in(4),
                    default: None,
                    generated: None,
                    comment: None,
                });
                let actions = [
                    "",
                    "",
                    " ON DELETE CASCADE",
                    " ON DELETE SET NULL",
                    " ON UPDATE CASCADE",
                    " DEFERRABLE INITIALLY DEFERRED",
                ];
                let actions =
                    &actions[..actions.len() - usize::from(kit.is_my() || kit == Kit::Mssql)];
                Item {
                    name: named,
                    columns: vec![column],
                    kind: Kind::Key {
                        target: target.clone(),
                        on_delete: random.pick(actions).unwrap_or_default(),
                    },
                }
            }
        };
        let same = |other: &Item| other.kind == item.kind && other.columns == item.columns;
        if !table.items.iter().any(same) {
            table.items.push(item);
        }
    }

    /// One to six random edits.
    pub(super) fn edited(&self, kit: Kit, random: &mut Random) -> Self {
        let mut model = self.clone();
        for _ in 0..1 + random.below(6) {
            model.edit(kit, random);
        }
        model.settle();
        model
    }

    #[allow(
        clippy::too_many_lines,
        reason = "an arm for each kind, and nothing else"
    )]
    fn edit(&mut self, kit: Kit, random: &mut Random) {
        let edit = random.below(23);
        if self.tables.is_empty() || edit == 0 {
            return self.add_table(kit, random);
        }
        let at = random.below(self.tables.len());
        let other = random.below(self.tables.len());
        let free = self.free_name(random);
        match edit {
            1 => {
                let gone = self.tables.remove(at).name;
                return self.forget_table(&gone);
            }
            2 | 3 => return self.add_item(at, kit, random),
            4 | 5 => return self.exchange_names(at, other, random),
            22 => return self.rename_table(at, random),
            6 if kit == Kit::Postgres || kit.is_my() => {
                match random.below(3) {
                    0 if self.labels.len() > 2 => drop(self.labels.pop()),
                    1 => self.labels.insert(random.below(3), "w"),
                    _ => self.labels.push("v"),
                }
                let mut seen = Vec::new();
                self.labels.retain(|label| {
                    let new = !seen.contains(label);
                    seen.push(label);
                    new
                });
                return;
            }
            _ => {}
        }
        let table = &mut self.tables[at];
        let items = table.items.len();
        let columns = table.columns.len();
        let item = random.below(items);
        let column = random.below(columns);
        match edit {
            7 | 8 => table.add_column(kit, random),
            9 if items > 0 => drop(table.items.remove(item)),
            // A name that only one side has is not a difference on SQLite.
            10 if items > 0 && (kit != Kit::Sqlite || table.items[item].name.is_some()) => {
                table.items[item].name = Some(free);
            }
            11 if items > 0 => {
                let item = &mut table.items[item];
                match &mut item.kind {
                    Kind::Index { unique, .. } if random.one_in(2) => *unique = !*unique,
                    Kind::Index { partial, .. } if !kit.is_my() => *partial = !*partial,
                    Kind::Index { descending, .. } => *descending = !*descending,
                    Kind::Key { on_delete, .. } => {
                        *on_delete = match *on_delete {
                            "" => " ON DELETE CASCADE",
                            _ => "",
                        };
                    }
                    Kind::Check(text) => text.push_str(" OR 1 = 2"),
                    _ => item.columns.reverse(),
                }
            }
            12 if columns > 0 => {
                let name = table.columns.remove(column).name;
                table.forget_column(&name);
            }
            13 | 14 if columns > 0 => table.retype(column, kit, random),
            15 if columns > 0 => {
                let column = &mut table.columns[column];
                column.not_null = !column.not_null && column.generated.is_none();
            }
            16 if columns > 0 => {
                let column = &mut table.columns[column];
                if column.generated.is_none() {
                    column.default = match column.default {
                        Some(_) => None,
                        None => column.class.default(kit),
                    };
                }
            }
            17 if columns > 0 => table.columns[column].comment = random.pick(COMMENTS),
            18 if columns > 0 => table.generate(column, kit, random),
            19 => table.comment = random.pick(COMMENTS),
            20 => match random.below(3) {
                0 => {
                    table.numbered = match (table.numbered, random.below(2)) {
                        (None, way) => Some(way == 0),
                        (Some(way), 0) => Some(!way),
                        (Some(_), _) => None,
                    };
                }
                1 => {
                    table.id = if table.id == "INTEGER" {
                        "BIGINT"
                    } else {
                        "INTEGER"
                    }
                }
                _ => {
                    let ints = table
                        .columns
                        .iter()
                        .filter(|column| column.class == Class::Int && column.generated.is_none());
                    let name = ints.map(|column| column.name.clone()).next();
                    table.second_key = match table.second_key {
                        Some(_) => None,
                        None => name,
                    };
                }
            },
            _ => {
                table.option = match (table.option, kit) {
                    (Some(_), _) => None,
                    (_, Kit::Sqlite) => Some("WITHOUT ROWID"),
                    // SQLAlchemy prints none.
                    (_, Kit::Mssql) => None,
                    (_, Kit::Postgres) => random.pick(&["UNLOGGED", "PARTITION BY HASH (id)"]),
                    _ => random.pick(&[
                        "COLLATE utf8mb4_bin",
                        "CHARSET latin1",
                        "ROW_FORMAT=COMPACT",
                        "ENGINE=MyISAM",
                        "PARTITION BY HASH (id) PARTITIONS 2",
                    ]),
                }
            }
        }
    }

    /// A table has another name, and all that is in it the names that it had.
    fn rename_table(&mut self, at: usize, random: &mut Random) {
        let Some(new) = self.free_table(random) else {
            return;
        };
        let old = std::mem::replace(&mut self.tables[at].name, new.to_owned());
        for item in self.tables.iter_mut().flat_map(|table| &mut table.items) {
            if let Kind::Key { target, .. } = &mut item.kind
                && *target == old
            {
                new.clone_into(target);
            }
        }
    }

    /// Two named things of one table or of two take each other's name.
    fn exchange_names(&mut self, at: usize, other: usize, random: &mut Random) {
        let named = |table: &Table, random: &mut Random| {
            let places = (0..table.items.len()).filter(|at| table.items[*at].name.is_some());
            random.pick(&places.collect::<Vec<_>>())
        };
        let one = named(&self.tables[at], random);
        let two = named(&self.tables[other], random);
        if let (Some(one), Some(two)) = (one, two) {
            let name = self.tables[at].items[one].name.clone();
            let name = std::mem::replace(&mut self.tables[other].items[two].name, name);
            self.tables[at].items[one].name = name;
        }
    }

    pub(super) fn forget_table(&mut self, gone: &str) {
        self.tables.retain(|table| table.name != gone);
        for table in &mut self.tables {
            table
                .items
                .retain(|item| !matches!(&item.kind, Kind::Key { target, .. } if target == gone));
        }
    }

    /// Which options of tables go with keys between them.
    fn settle_options(&mut self) {
        let kit = self.kit;
        let has = |tables: &[Table], name: &str, option: &str| {
            let mut tables = tables.iter();
            tables.any(|table| table.name == name && table.is(option))
        };
        let all = self.tables.clone();
        for table in &mut self.tables {
            let keyless = |name: &str| {
                kit.is_my() && (has(&all, name, "ENGINE") || has(&all, name, "PARTITION BY"))
            };
            let name = table.name.clone();
            table.items.retain(|item| match &item.kind {
                Kind::Key { target, .. } => !keyless(&name) && !keyless(target),
                _ => true,
            });
        }
        // A permanent table refers to permanent ones only.
        let refers = |name: &str| {
            all.iter().any(|table| {
                !table.is("UNLOGGED")
                    && table.items.iter().any(
                        |item| matches!(&item.kind, Kind::Key { target, .. } if target == name),
                    )
            })
        };
        for table in &mut self.tables {
            if table.is("UNLOGGED") && refers(&table.name) {
                table.option = None;
            }
        }
    }

    /// What the models' author would do with an edit: columns take the type of what they refer to, and what can't be
    /// referred to any more is not.
    pub(super) fn settle(&mut self) {
        let ids: Vec<(String, &'static str, bool)> = self
            .tables
            .iter()
            .map(|table| (table.name.clone(), table.id, table.second_key.is_some()))
            .collect();
        self.settle_options();
        let kit = self.kit;
        for table in &mut self.tables {
            // A change that reaches a table in two ways is refused by SQL Server: its models have one way only.
            let mut ways = 0;
            let own = ids.iter().position(|(name, ..)| *name == table.name);
            let partitioned = table.is("PARTITION BY");
            let columns = &mut table.columns;
            let mut written = Vec::new();
            table.items.retain_mut(|item| {
                let Kind::Key { target, on_delete } = &mut item.kind else {
                    return true;
                };
                let found = ids.iter().find(|(name, ..)| name == target);
                let Some((_, id, false)) = found else {
                    return false;
                };
                for column in columns.iter_mut() {
                    if item.columns.contains(&column.name) {
                        if column.not_null && on_delete.ends_with("SET NULL") {
                            *on_delete = "";
                        }
                        if kit == Kit::Mssql && !on_delete.is_empty() {
                            let at = ids.iter().position(|(name, ..)| name == target);
                            ways += 1;
                            if ways > 1 || at >= own {
                                *on_delete = "";
                            }
                        }
                        if !on_delete.is_empty() {
                            written.push(column.name.clone());
                        }
                        (column.ty, column.class) = (id, Class::Int);
                        (column.default, column.generated) = (None, None);
                    }
                }
                true
            });
            let clashes = |item: &Item| match &item.kind {
                Kind::Unique | Kind::Index { unique: true, .. } => partitioned,
                // A key with an action writes to its columns, which a check may not read then.
                Kind::Check(_) => kit.is_my() && written.contains(&item.columns[0]),
                _ => false,
            };
            table.items.retain(|item| !clashes(item));
            if let Some(key) = &table.second_key {
                for column in columns.iter_mut().filter(|column| column.name == *key) {
                    column.not_null = true;
                }
                table.numbered = None;
            }
            if table.option == Some("WITHOUT ROWID") {
                table.numbered = None;
            }
        }
    }
}

impl Class {
    fn default(self, kit: Kit) -> Option<&'static str> {
        match self {
            Self::Int => Some("5"),
            Self::Text if kit.is_my() => Some("(concat('no', 'ne'))"),
            Self::Text => Some("'none'"),
            Self::Number => Some("0"),
            Self::Bool => Some(if kit == Kit::Postgres { "false" } else { "0" }),
            Self::Time => Some("CURRENT_TIMESTAMP"),
            Self::Enum => Some("'x'"),
            Self::LongText | Self::Date | Self::Json | Self::Uuid | Self::Array => None,
        }
    }
}

impl Table {
    fn is(&self, option: &str) -> bool {
        self.option.is_some_and(|own| own.starts_with(option))
    }

    fn add_column(&mut self, kit: Kit, random: &mut Random) {
        let has = |name: &str| self.columns.iter().any(|column| column.name == name);
        let free: Vec<&str> = COLUMNS.iter().copied().filter(|name| !has(name)).collect();
        let (Some(name), Some((ty, class))) = (random.pick(&free), random.pick(kit.types())) else {
            return;
        };
        let default = random.one_in(4).then(|| class.default(kit)).flatten();
        self.columns.push(Column {
            name: name.to_owned(),
            ty,
            class,
            not_null: random.one_in(3),
            default,
            generated: None,
            comment: random.one_in(8).then_some(COMMENTS[0]),
        });
        if random.one_in(6) {
            self.generate(self.columns.len() - 1, kit, random);
        }
    }

    /// A column is computed from another one from now on, or no more.
    fn generate(&mut self, at: usize, kit: Kit, random: &mut Random) {
        let wanted = self.columns[at].clone();
        let bases = self.columns.iter().filter(|column| {
            column.name != wanted.name && column.generated.is_none() && column.class == wanted.class
        });
        let bases: Vec<&Column> = bases.collect();
        let base = random.pick(&bases).map(|column| column.name.clone());
        let reads = self.columns.iter().any(|column| {
            let rule = column.generated.as_deref();
            rule.is_some_and(|rule| rule.contains(&format!("({}", wanted.name)))
        });
        let keys = self.items.iter().any(|item| {
            matches!(item.kind, Kind::Key { .. }) && item.columns.contains(&wanted.name)
        });
        let stored = kit == Kit::Postgres || random.one_in(2);
        let kind = if stored { "STORED" } else { "VIRTUAL" };
        let column = &mut self.columns[at];
        column.generated = match (column.generated.take(), base, column.class) {
            (Some(_), ..) => None,
            (None, Some(base), Class::Int | Class::Number) if !reads && !keys => {
                Some(format!("({base} + {}) {kind}", 1 + random.below(2)))
            }
            (None, Some(base), Class::Text) if !reads && !keys => {
                Some(format!("(lower({base})) {kind}"))
            }
            _ => None,
        };
        if column.generated.is_some() {
            (column.not_null, column.default) = (false, None);
            if self.second_key.as_ref() == Some(&wanted.name) {
                self.second_key = None;
            }
        }
    }

    fn retype(&mut self, at: usize, kit: Kit, random: &mut Random) {
        let column = &mut self.columns[at];
        let name = column.name.clone();
        let near: Vec<_> = kit
            .types()
            .iter()
            .filter(|(_, class)| *class == column.class)
            .copied()
            .collect();
        let all = random.one_in(4);
        let ty = random.pick(if all { kit.types() } else { &near });
        let Some((ty, class)) = ty else { return };
        if class != column.class {
            column.default = None;
            column.ty = ty;
            column.class = class;
            column.generated = None;
            // What is written for the old class goes.
            self.forget_column(&name);
        } else {
            column.ty = ty;
        }
    }

    pub(super) fn forget_column(&mut self, name: &str) {
        self.items
            .retain(|item| !item.columns.iter().any(|column| column == name));
        for column in &mut self.columns {
            let rule = column.generated.as_deref();
            if rule.is_some_and(|rule| {
                rule.contains(&format!("({name} ")) || rule.contains(&format!("({name})"))
            }) {
                column.generated = None;
            }
        }
        if self.second_key.as_deref() == Some(name) {
            self.second_key = None;
        }
    }
}
