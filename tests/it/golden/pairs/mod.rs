//! Random pairs of models, judged like golden cases: changes in combination, with rows.
//!
//! A few seeds of each engine are part of its test. `TRUEUP_PAIRS=mysql:10m` looks for more as long as it says
//! (`mysql:10m:500` from seed 500 on), and prints the smallest form of each kind of failure, before and after parted by
//! `====`; with `TRUEUP_PAIRS_OUT=folder` as files there.

mod model;
mod print;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use trueup::dialect::{self, Dialect};
use trueup::diff::Comparable;
use trueup::lint;
use trueup::plan::Plan;
use trueup::schema::{ObjectName, Realm};

use super::bench::{Bench, Table};
use super::case::{Case, Facts};
use super::offline::Offline;
use super::{Live, State, mysql, plan, postgres, sqlite};
use model::{Kit, Model, Random};

/// How many seeds a test of the suite tries: seconds, on a server too.
fn few_of(kit: Kit) -> u64 {
    match kit {
        Kit::Sqlite | Kit::Mssql => 25,
        Kit::Postgres | Kit::Mysql | Kit::Mariadb => 8,
    }
}

/// What is wrong with a pair.
struct Failure {
    /// Where it showed.
    stage: &'static str,
    text: String,
}

impl Failure {
    fn new(stage: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { stage, text }
    }

    /// The same for failures of one kind: no names and no numbers, nor the statements.
    fn kind(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.trim().is_empty());
        let line: String = lines.take(2).collect::<Vec<_>>().join(" ");
        let words = line.split(|c: char| !(c.is_alphabetic() || c == '_'));
        let words = words.filter(|word| word.len() > 3);
        let words: Vec<&str> = words.take(12).collect();
        format!("{}: {}", self.stage, words.join(" "))
    }
}

#[derive(Clone)]
struct Pair {
    before: Model,
    after: Model,
    /// The engine's dumps are compared, too.
    dumped: bool,
}

impl Pair {
    fn random(kit: Kit, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let before = Model::random(kit, &mut random);
        let after = before.edited(kit, &mut random);
        // A name that the server made tells the history of what has it, as does the one of a foreign key's index.
        let is_key = |item: &model::Item| matches!(item.kind, model::Kind::Key { .. });
        let tables = before.tables.iter().chain(&after.tables);
        let mut items = tables.flat_map(|table| &table.items);
        let dumped = match kit {
            // A name that only one side gives is not a difference, nor is a unique index in the place of a constraint.
            Kit::Sqlite => !items.any(|item| {
                let unlike = |other: &model::Item| {
                    other.columns == item.columns
                        && match other.kind == item.kind {
                            true => other.name.is_some() != item.name.is_some(),
                            false => other.kind.is_unique() && item.kind.is_unique(),
                        }
                };
                after
                    .tables
                    .iter()
                    .any(|table| table.items.iter().any(unlike))
            }),
            Kit::Postgres => seed.is_multiple_of(4) && items.all(|item| item.name.is_some()),
            Kit::Mysql | Kit::Mariadb => !items.any(is_key),
            Kit::Mssql => false,
        };
        Self {
            before,
            after,
            dumped,
        }
    }
}

/// What became of a pair.
enum Verdict {
    Right,
    /// The engine takes no such models, or the change is refused in words: these.
    Nothing(String),
    Wrong(Failure),
}

struct Judge<'a> {
    bench: &'a dyn Bench,
    dialect: &'static dyn Dialect,
    kit: Kit,
}

impl Judge<'_> {
    fn judge(&self, pair: &Pair) -> Verdict {
        let case = Case::made(
            self.dialect,
            pair.before.sql(self.kit),
            pair.after.sql(self.kit),
            Facts {
                dumps_differ: (!pair.dumped).then(|| "they are slow".to_owned()),
                ..Facts::default()
            },
        );
        let live = Live::new(&case, self.bench);
        let dbs = [self.bench.create(), self.bench.create()];
        let verdict = self.judge_in(&live, &dbs, pair);
        for db in &dbs {
            self.bench.remove(db);
        }
        match verdict {
            Ok(verdict) => verdict,
            Err(failure) => Verdict::Wrong(failure),
        }
    }

    fn judge_in(
        &self,
        live: &Live<'_>,
        [work, fresh]: &[String; 2],
        pair: &Pair,
    ) -> Result<Verdict, Failure> {
        let (case, bench) = (live.case, self.bench);
        for (db, sql) in [(work, &case.before), (fresh, &case.after)] {
            if let Err(error) = bench.script(db, sql) {
                return Ok(Verdict::Nothing(error));
            }
        }
        let inspecting = |error| Failure::new("inspection", error);
        let before = live.state(work, "before").map_err(inspecting)?;
        let after = live.state(fresh, "after").map_err(inspecting)?;
        for state in [&before, &after] {
            let same = plan(case, &state.realm, &state.realm);
            let same = same.map_err(|error| Failure::new("nothing to do", error))?;
            if !same.steps.is_empty() {
                return Err(Failure::new("nothing to do", same.to_file()));
            }
        }
        let forward = match plan(case, &before.realm, &after.realm) {
            Ok(plan) => plan,
            Err(error) => return Ok(Verdict::Nothing(error)),
        };
        let risky = risky(self.dialect, &before.realm, &after.realm);
        let kept = kept(&before.realm, &after.realm);
        self.insert(work, pair);
        let rows = bench.rows(work, &kept);
        let rows = rows.map_err(|error| Failure::new("rows", error))?;
        let mut problems = Vec::new();
        if live.run(work, &forward, "the plan", &mut problems) {
            let got = bench.rows(work, &kept);
            let got = got.map_err(|error| Failure::new("rows", error))?;
            if got != rows {
                return Err(Failure::new(
                    "rows changed",
                    format!("{rows:?}\n{got:?}\n{}", forward.to_file()),
                ));
            }
        } else {
            // What the rows are in the way of is tried without them.
            self.again(live, work, &problems)?;
            let mut without = Vec::new();
            if !live.run(work, &forward, "the plan", &mut without) {
                return Err(Failure::new("the plan", without.concat()));
            }
            if !risky {
                return Err(Failure::new("the plan on rows", problems.concat()));
            }
        }
        let expect = |wanted: &State, stage: &'static str| {
            let mut problems = Vec::new();
            let seen = live.expect(work, wanted, stage, &mut problems);
            match (seen, problems.as_slice()) {
                (Err(error), _) => Err(Failure::new(stage, error)),
                (Ok(()), []) => Ok(()),
                (Ok(()), problems) => Err(Failure::new(
                    stage,
                    format!("{}\nthe plan:\n{}", problems.concat(), forward.to_file()),
                )),
            }
        };
        expect(&after, "after the plan")?;
        if forward.reverse.irreversible.is_some() {
            return Ok(Verdict::Right);
        }
        self.back(live, work, &forward, &after)?;
        expect(&before, "after the reverse")?;
        Ok(Verdict::Right)
    }

    /// A database in the state before, without rows.
    fn again(&self, live: &Live<'_>, db: &str, why: &[String]) -> Result<(), Failure> {
        let failed = |error: String| {
            let why = why.concat();
            Failure::new("the engine died", format!("{error}\n{why}"))
        };
        let realm = self.bench.inspect(db, false).map_err(failed)?;
        let mut gone = Vec::new();
        let empty = plan(live.case, &realm, &self.empty(&realm)).map_err(failed)?;
        if !live.run(db, &empty, "the plan to nothing", &mut gone) {
            return Err(Failure::new("the plan to nothing", gone.concat()));
        }
        self.bench.script(db, &live.case.before).map_err(failed)
    }

    fn empty(&self, realm: &Realm) -> Realm {
        // Where schemas are made by models, they go with what is in them.
        let stays = |name: &str| match self.kit {
            Kit::Postgres => name == "public",
            Kit::Mssql => name == "dbo",
            _ => true,
        };
        let schemas = realm.schemas.iter().filter(|schema| stays(&schema.name));
        Realm {
            schemas: schemas.map(|schema| schema.header()).collect(),
            ..realm.clone()
        }
    }

    fn insert(&self, db: &str, pair: &Pair) {
        let rows = pair.before.rows(self.kit);
        if self.bench.script(db, &rows.join(";\n")).is_ok() {
            return;
        }
        // Some rows wait for others, and some can't be.
        for _ in 0..2 {
            for row in &rows {
                let _ = self.bench.script(db, row);
            }
        }
    }

    /// The reverse statements, without rows where they are in the way.
    fn back(
        &self,
        live: &Live<'_>,
        db: &str,
        forward: &Plan,
        after: &State,
    ) -> Result<(), Failure> {
        let steps = forward.reverse.steps.iter();
        let statements: Vec<&str> = steps.map(|step| step.sql.as_str()).collect();
        let run = || self.bench.execute(db, &statements, forward.reverse.tx_mode);
        if run().is_ok() {
            return Ok(());
        }
        self.again(live, db, &[])?;
        let mut problems = Vec::new();
        if !live.run(db, forward, "the plan", &mut problems) {
            return Err(Failure::new("the plan", problems.concat()));
        }
        let tables = after.realm.schemas.iter().flat_map(|schema| {
            let names = schema.tables.iter();
            names.map(|table| ObjectName::new(&schema.name, &table.name))
        });
        let _ = self.bench.delete_rows(db, &tables.collect::<Vec<_>>());
        run().map_err(|error| {
            Failure::new(
                "the reverse",
                format!("{error}\nthe whole of it:\n{}", statements.join(";\n")),
            )
        })
    }

    /// The smallest pair that fails in the same way.
    fn shrink(&self, mut pair: Pair, mut failure: Failure, until: Instant) -> (Pair, Failure) {
        'smaller: loop {
            for smaller in smaller(&pair) {
                if Instant::now() > until {
                    return (pair, failure);
                }
                if let Verdict::Wrong(found) = self.judge(&smaller)
                    && found.stage == failure.stage
                {
                    (pair, failure) = (smaller, found);
                    continue 'smaller;
                }
            }
            return (pair, failure);
        }
    }

    fn show(&self, pair: &Pair, failure: &Failure, seed: u64) -> String {
        let lines = failure.text.lines().map(|line| format!("-- {line}\n"));
        let first = format!("-- seed {seed}, {}: ", failure.stage);
        format!(
            "{first}{}{}====\n{}",
            lines.collect::<String>().trim_start_matches("-- "),
            pair.before.sql(self.kit),
            pair.after.sql(self.kit)
        )
    }
}

/// A change may fail on rows, and says so.
fn risky(dialect: &'static dyn Dialect, before: &Realm, after: &Realm) -> bool {
    let states = Comparable::whole(dialect, before.clone(), after.clone());
    let mut changes = states.diff().changes.into_iter();
    changes.any(|change| lint::judge(&change, dialect.profile()).worst.is_some())
}

/// Columns that stay as they are, or nearly: their values stay, too.
fn kept(before: &Realm, after: &Realm) -> Vec<Table> {
    let mut tables = super::tables(before, after);
    for table in &mut tables {
        let (from, to) = (before.table(&table.name), after.table(&table.name));
        table.columns.retain(|name| {
            let from = from.and_then(|table| table.column(name));
            let to = to.and_then(|table| table.column(name));
            from.zip(to).is_some_and(|(from, to)| {
                from.ty == to.ty
                    && from.ty.user.is_none()
                    && from.generated.is_none()
                    && to.generated.is_none()
                    && (to.nullable || !from.nullable)
            })
        });
    }
    tables.retain(|table| !table.columns.is_empty());
    tables
}

/// Pairs with a little less in them.
fn smaller(pair: &Pair) -> Vec<Pair> {
    let mut found: Vec<Pair> = Vec::new();
    let mut add = |edit: &dyn Fn(&mut Model), both: [bool; 2]| {
        let mut less = pair.clone();
        for (model, on) in [&mut less.before, &mut less.after].into_iter().zip(both) {
            if on {
                edit(model);
                model.settle();
            }
        }
        if less.before != pair.before || less.after != pair.after {
            found.push(less);
        }
    };
    let models = [&pair.before, &pair.after];
    let names: BTreeSet<&String> = models
        .iter()
        .flat_map(|model| model.tables.iter().map(|table| &table.name))
        .collect();
    for name in &names {
        add(&|model| model.forget_table(name), [true, true]);
    }
    for name in &names {
        let old = pair.before.tables.iter().find(|table| table.name == **name);
        let new = pair.after.tables.iter().find(|table| table.name == **name);
        if let (Some(old), Some(_)) = (old, new) {
            let edit = |model: &mut Model| {
                let table = model.tables.iter_mut().find(|table| table.name == **name);
                table.into_iter().for_each(|table| *table = old.clone());
            };
            add(&edit, [false, true]);
        }
        let all: Vec<&model::Table> = old.into_iter().chain(new).collect();
        let on = |model: &mut Model, edit: &dyn Fn(&mut model::Table)| {
            let table = model.tables.iter_mut().find(|table| table.name == **name);
            table.into_iter().for_each(edit);
        };
        let items: Vec<&model::Item> = all.iter().flat_map(|table| &table.items).collect();
        for item in items {
            let edit = |model: &mut Model| on(model, &|table| table.items.retain(|i| i != item));
            for both in [[true, true], [true, false], [false, true]] {
                add(&edit, both);
            }
        }
        let columns: BTreeSet<&String> = all
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| &column.name))
            .collect();
        for column in columns {
            let gone = |model: &mut Model| {
                on(model, &|table| {
                    table.columns.retain(|c| c.name != *column);
                    table.forget_column(column);
                });
            };
            for both in [[true, true], [true, false], [false, true]] {
                add(&gone, both);
            }
            type Plain = fn(&mut model::Column);
            let plain: [Plain; 4] = [
                |column| column.comment = None,
                |column| column.default = None,
                |column| column.generated = None,
                |column| column.not_null = false,
            ];
            for plain in plain {
                let edit = |model: &mut Model| {
                    on(model, &|table| {
                        let found = table.columns.iter_mut().find(|c| c.name == *column);
                        found.into_iter().for_each(plain);
                    });
                };
                add(&edit, [true, true]);
            }
        }
        let plain: [fn(&mut model::Table); 4] = [
            |table| table.comment = None,
            |table| table.option = None,
            |table| table.numbered = None,
            |table| table.second_key = None,
        ];
        for plain in plain {
            add(&|model| on(model, &plain), [true, true]);
        }
    }
    found
}

/// A few models before and after an edit, of these seeds.
pub(super) fn models(name: &str, seeds: std::ops::Range<u64>) -> Vec<Case> {
    let dialect = dialect_of(name);
    let kit = Kit::of(dialect);
    let case = |seed| {
        let pair = Pair::random(kit, seed);
        let [before, after] = [&pair.before, &pair.after].map(|model| model.sql(kit));
        Case::made(dialect, before, after, Facts::default())
    };
    seeds.map(case).collect()
}

/// A few pairs, as a part of an engine's test.
pub(super) fn few(name: &str, bench: &dyn Bench) {
    if super::blessing() || std::env::var_os("TRUEUP_CASE").is_some() {
        return;
    }
    let few = few_of(Kit::of(dialect_of(name)));
    let (right, found) = look(name, bench, 0..few, None);
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(right * 2 >= few, "most of {few} pairs are refused");
}

fn dialect_of(name: &str) -> &'static dyn Dialect {
    let mut all = dialect::ALL.iter().copied();
    let found = all.find(|dialect| dialect.profile().name == name);
    found.expect("a dialect of this name")
}

/// Judges the pairs of some seeds, until it is late if there is such a time. How many are right, and the smallest form
/// of each kind of failure.
fn look(
    name: &str,
    bench: &dyn Bench,
    seeds: impl Iterator<Item = u64>,
    until: Option<Instant>,
) -> (u64, Vec<String>) {
    let dialect = dialect_of(name);
    let kit = Kit::of(dialect);
    let judge = Judge {
        bench,
        dialect,
        kit,
    };
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut right, mut nothing, mut wrong) = (0, 0, 0);
    for seed in seeds {
        if until.is_some_and(|until| Instant::now() > until) {
            println!("stopped at seed {seed}");
            break;
        }
        let pair = Pair::random(kit, seed);
        let failure = match judge.judge(&pair) {
            Verdict::Right => {
                right += 1;
                continue;
            }
            Verdict::Nothing(reason) => {
                nothing += 1;
                println!("seed {seed}: {}", reason.lines().next().unwrap_or_default());
                continue;
            }
            Verdict::Wrong(failure) => failure,
        };
        wrong += 1;
        if let Some((count, _)) = found.get_mut(&failure.kind()) {
            *count += 1;
            continue;
        }
        let kind = failure.kind();
        let late = Instant::now() + Duration::from_secs(120);
        let (pair, failure) = judge.shrink(pair, failure, late);
        let text = judge.show(&pair, &failure, seed);
        if let Ok(folder) = std::env::var("TRUEUP_PAIRS_OUT") {
            let path = std::path::Path::new(&folder).join(format!("{name}-seed-{seed}.sql"));
            std::fs::write(path, &text).expect("the folder is writable");
        }
        found.insert(kind, (1, text));
    }
    println!(
        "{name}: {right} pairs right, {wrong} wrong, {nothing} that the engine or the plan refuses"
    );
    for (kind, (count, _)) in &found {
        println!("{count} × {kind}");
    }
    (right, found.into_values().map(|(_, text)| text).collect())
}

#[test]
#[ignore = "it takes the time that `TRUEUP_PAIRS` gives"]
fn long() {
    let wanted = std::env::var("TRUEUP_PAIRS").expect("TRUEUP_PAIRS is such as `mysql:10m`");
    let mut parts = wanted.split(':');
    let (name, time) = (parts.next().unwrap_or_default(), parts.next());
    let time = time.and_then(|time| match time.strip_suffix('m') {
        Some(minutes) => Some(60 * minutes.parse::<u64>().ok()?),
        None => time.trim_end_matches('s').parse().ok(),
    });
    let time = Duration::from_secs(time.expect("TRUEUP_PAIRS is such as `mysql:10m`"));
    let first = parts.next().map_or_else(
        || few_of(Kit::of(dialect_of(name))),
        |seed| seed.parse().expect("a seed"),
    );
    let bench: Box<dyn Bench> = match name {
        "sqlite" => Box::new(sqlite::Files::new()),
        "postgres" => Box::new(postgres::Server::given_or_own()),
        "mysql" | "mariadb" => Box::new(mysql::Databases::given_or_own(name == "mariadb")),
        "mssql" => Box::new(Offline::mssql()),
        _ => panic!("no engine is called `{name}`"),
    };
    let (_, found) = look(name, bench.as_ref(), first.., Some(Instant::now() + time));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
