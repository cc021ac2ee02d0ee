//! Names that a server generated: they only reflect the order in which statements ran.
//!
//! Where the desired state has such a name, it takes over the one that the same thing has in the current state, so that
//! no name is planned that nobody gave. A name that somebody gave stays, also where the current one is the server's.
//! What is new keeps the server's name where that is free, and gets the server's next one otherwise.

use std::collections::BTreeSet;

use crate::plan::order::NameKind;
use crate::schema::named::Named;
use crate::schema::{Check, ForeignKey, Index, PrimaryKey, RawConstraint, Schema, Table, Unique};

/// Something of a table for which a server makes up a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thing<'a> {
    PrimaryKey,
    Unique(&'a Unique),
    ForeignKey(&'a ForeignKey),
    Check,
    Constraint(&'a RawConstraint),
    Index(&'a Index),
}

/// One form of such a name: what it is with each number, the first being 0.
pub(super) type Form<'a> = Box<dyn Fn(u32) -> String + 'a>;

/// How a server makes up names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming {
    /// What has a name of its own in its schema, and not only in its table.
    pub(super) schema_wide: &'static [NameKind],
    /// Constraints of all kinds have their names in common, and what is schema-wide has them in common with tables.
    pub(super) shared: bool,
    /// Names are equal when these are.
    pub(super) fold: fn(&str) -> String,
    /// The forms of the names that the server may have made up for a thing of a table.
    pub(super) forms: for<'a> fn(&'a Table, Thing<'a>) -> Vec<Form<'a>>,
}

/// Takes over, in the desired schema, the names that the current one has where the desired ones are the server's.
pub(super) fn adopt(current: &Schema, desired: &mut Schema, naming: &Naming) {
    let mut names = Names::of(naming, desired);
    let nothing = Table::default();
    let mut unnamed = Vec::new();
    for (at, table) in desired.tables.iter().enumerate() {
        let old = current.table(&table.name).unwrap_or(&nothing);
        names.collect::<PrimaryKey>(old, table, at, &mut unnamed);
        names.collect::<Unique>(old, table, at, &mut unnamed);
        names.collect::<ForeignKey>(old, table, at, &mut unnamed);
        names.collect::<Check>(old, table, at, &mut unnamed);
        names.collect::<RawConstraint>(old, table, at, &mut unnamed);
        names.collect::<Index>(old, table, at, &mut unnamed);
    }
    // What takes over a name comes first, so that nothing new keeps it from that.
    unnamed.sort_by_key(|one| one.takes.is_none());
    let given: Vec<(Place, String)> = unnamed
        .iter()
        .filter_map(|one| Some((one.place, names.give(one)?)))
        .collect();
    drop(unnamed);
    for (place, name) in given {
        let table = &mut desired.tables[place.table];
        match place.kind {
            NameKind::PrimaryKey => PrimaryKey::set(table, place.at, name),
            NameKind::Unique => Unique::set(table, place.at, name),
            NameKind::ForeignKey => ForeignKey::set(table, place.at, name),
            NameKind::Check => Check::set(table, place.at, name),
            NameKind::Constraint => RawConstraint::set(table, place.at, name),
            NameKind::Index => Index::set(table, place.at, name),
        }
    }
    for table in &mut desired.tables {
        sort(&mut table.uniques);
        sort(&mut table.foreign_keys);
        sort(&mut table.checks);
        sort(&mut table.constraints);
        sort(&mut table.indexes);
    }
}

fn sort<T: Named>(parts: &mut [T]) {
    parts.sort_by(|one, other| one.name().cmp(&other.name()));
}

/// Where something is in the desired schema.
#[derive(Clone, Copy, Debug)]
struct Place {
    table: usize,
    kind: NameKind,
    at: usize,
}

/// Something of the desired schema whose name is the server's.
struct Unnamed<'a> {
    place: Place,
    /// The name that it has there.
    name: &'a str,
    /// The form of that.
    form: Form<'a>,
    /// The name that the same thing has in the current schema.
    takes: Option<&'a str>,
    /// Something else of the current table has its name, and keeps it or gives it to its own partner.
    held: bool,
}

/// Where a name must be the only one: of which kind, if not of all, and in which table, if not in all of the schema.
type Scope = (Option<NameKind>, Option<usize>);

/// Names by where they count.
struct Names<'n> {
    naming: &'n Naming,
    /// In the desired schema.
    taken: BTreeSet<(Scope, String)>,
    /// In the current schema.
    existing: BTreeSet<(Scope, String)>,
}

impl<'n> Names<'n> {
    fn of(naming: &'n Naming, desired: &Schema) -> Self {
        let tables = desired.tables.iter().map(|table| &table.name);
        let sequences = desired.sequences.iter().map(|sequence| &sequence.name);
        let texts = desired.texts.iter().map(|object| &object.name);
        let objects = tables.chain(sequences).chain(texts);
        let shared = objects.filter(|_| naming.shared);
        Self {
            naming,
            taken: shared
                .map(|name| ((None, None), (naming.fold)(name)))
                .collect(),
            existing: BTreeSet::new(),
        }
    }

    fn scopes(&self, place: Place) -> Vec<Scope> {
        let wide = self.naming.schema_wide.contains(&place.kind);
        let table = Some(place.table);
        if !self.naming.shared {
            return vec![(Some(place.kind), table.filter(|_| !wide))];
        }
        let constraint = place.kind != NameKind::Index;
        let mut scopes = Vec::new();
        scopes.extend(wide.then_some((None, None)));
        scopes.extend(constraint.then_some((None, table)));
        scopes
    }

    fn keys(&self, place: Place, name: &str) -> Vec<(Scope, String)> {
        let name = (self.naming.fold)(name);
        let scopes = self.scopes(place).into_iter();
        scopes.map(|scope| (scope, name.clone())).collect()
    }

    /// Finds the names of one kind in a table: what somebody gave is taken, the rest is for [`Names::give`].
    fn collect<'a, T: Part + 'a>(
        &mut self,
        old: &'a Table,
        table: &'a Table,
        index: usize,
        unnamed: &mut Vec<Unnamed<'a>>,
    ) {
        let place = |at| Place {
            table: index,
            kind: T::KIND,
            at,
        };
        let (from, to) = (T::of(old), T::of(table));
        for name in from.iter().filter_map(Named::name) {
            self.existing.extend(self.keys(place(0), name));
        }
        let mut forms: Vec<Option<Form<'a>>> = to
            .iter()
            .map(|part| {
                let forms = (self.naming.forms)(table, part.thing());
                forms.into_iter().find(|form| self.is(part, form))
            })
            .collect();
        let made: Vec<bool> = forms.iter().map(Option::is_some).collect();
        let same_name = |one: &T, other: &T| {
            let fold = |part: &T| part.name().map(self.naming.fold);
            fold(one) == fold(other)
        };
        let partners = partners(from, to, &made, same_name);
        for (at, part) in to.iter().enumerate() {
            let Some(name) = part.name() else { continue };
            let Some(form) = forms[at].take() else {
                self.taken.extend(self.keys(place(at), name));
                continue;
            };
            let holder = from.iter().position(|old| same_name(old, part));
            unnamed.push(Unnamed {
                place: place(at),
                name,
                form,
                takes: partners[at].and_then(|partner| from[partner].name()),
                held: holder.is_some_and(|holder| {
                    partners[at] != Some(holder) && partners.contains(&Some(holder))
                }),
            });
        }
    }

    /// The part's name has this form.
    fn is<T: Part>(&self, part: &T, form: &Form<'_>) -> bool {
        let Some(name) = part.name().map(self.naming.fold) else {
            return false;
        };
        let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
        // A column's own name may end in digits.
        let numbers = (name.len() - digits..name.len()).filter_map(|at| name[at..].parse().ok());
        let near = numbers.flat_map(|number: u32| [number, number.saturating_sub(1)]);
        near.chain([0])
            .any(|number| (self.naming.fold)(&form(number)) == name)
    }

    /// The name that something gets in the desired schema.
    fn give(&mut self, one: &Unnamed<'_>) -> Option<String> {
        let free = |name: &str| {
            let keys = self.keys(one.place, name);
            keys.iter().all(|key| !self.taken.contains(key))
        };
        let unheard = |name: &str| {
            let keys = self.keys(one.place, name);
            keys.iter().all(|key| !self.existing.contains(key))
        };
        let takes = one.takes.filter(|name| free(name));
        let own = || Some(one.name).filter(|name| !one.held && free(name));
        let name = takes.or_else(own).map(str::to_owned).or_else(|| {
            let mut next = (0..=u32::MAX).map(|number| (one.form)(number));
            next.find(|name| free(name) && unheard(name))
        })?;
        self.taken.extend(self.keys(one.place, &name));
        Some(name)
    }
}

/// The partner of each desired part in the current table. What is the same goes before what merely has the same name,
/// unless somebody gave that.
fn partners<T: Part>(
    from: &[T],
    to: &[T],
    made: &[bool],
    same_name: impl Fn(&T, &T) -> bool,
) -> Vec<Option<usize>> {
    let mut partners = vec![None; to.len()];
    let mut free = vec![true; from.len()];
    let mut pass = |fits: &dyn Fn(&T, &T, bool) -> bool| {
        for (at, new) in to.iter().enumerate() {
            if partners[at].is_none() {
                partners[at] =
                    (0..from.len()).find(|old| free[*old] && fits(&from[*old], new, made[at]));
                if let Some(old) = partners[at] {
                    free[old] = false;
                }
            }
        }
    };
    pass(&|old, new, _| old == new);
    pass(&|old, new, made| !made && same_name(old, new));
    pass(&|old, new, made| made && old.same_but_for_name(new));
    pass(&|old, new, _| old.same_but_for_name(new));
    pass(&|old, new, made| made && old.like(new) && same_name(old, new));
    pass(&|old, new, made| made && old.like(new));
    pass(&|old, new, made| made && same_name(old, new));
    partners
}

/// One kind of what a table has.
trait Part: Named {
    const KIND: NameKind;

    fn of(table: &Table) -> &[Self];

    fn of_mut(table: &mut Table) -> &mut [Self];

    fn thing(&self) -> Thing<'_>;

    /// It may be another form of the same.
    fn like(&self, other: &Self) -> bool;

    fn set(table: &mut Table, at: usize, name: String) {
        Self::of_mut(table)[at].set_name(name);
    }
}

macro_rules! part {
    ($ty:ty, $kind:ident, $of:expr, $of_mut:expr, $thing:expr, $like:expr) => {
        impl Part for $ty {
            const KIND: NameKind = NameKind::$kind;

            fn of(table: &Table) -> &[Self] {
                let of: fn(&Table) -> &[Self] = $of;
                of(table)
            }

            fn of_mut(table: &mut Table) -> &mut [Self] {
                let of: fn(&mut Table) -> &mut [Self] = $of_mut;
                of(table)
            }

            fn thing(&self) -> Thing<'_> {
                let thing: fn(&Self) -> Thing<'_> = $thing;
                thing(self)
            }

            fn like(&self, other: &Self) -> bool {
                let like: fn(&Self, &Self) -> bool = $like;
                like(self, other)
            }
        }
    };
    ($ty:ty, $kind:ident, $list:ident, $thing:expr, $like:expr) => {
        part!(
            $ty,
            $kind,
            |table| &table.$list,
            |table| &mut table.$list,
            $thing,
            $like
        );
    };
}

part!(
    PrimaryKey,
    PrimaryKey,
    |table| table.primary_key.as_slice(),
    |table| table.primary_key.as_mut_slice(),
    |_| Thing::PrimaryKey,
    |_, _| true
);
part!(
    Unique,
    Unique,
    uniques,
    |part| Thing::Unique(part),
    |one, other| one.parts == other.parts
);
part!(
    ForeignKey,
    ForeignKey,
    foreign_keys,
    |part| Thing::ForeignKey(part),
    |one, other| { one.columns == other.columns }
);
part!(Check, Check, checks, |_| Thing::Check, |_, _| false);
part!(
    RawConstraint,
    Constraint,
    constraints,
    |part| Thing::Constraint(part),
    |_, _| false
);
part!(
    Index,
    Index,
    indexes,
    |part| Thing::Index(part),
    |one, other| (one.unique, &one.method, &one.parts)
        == (other.unique, &other.method, &other.parts)
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks count in their table, unique constraints in the schema.
    const NAMING: Naming = Naming {
        schema_wide: &[NameKind::Unique],
        shared: true,
        fold: str::to_owned,
        forms: |table, thing| {
            let label = match thing {
                Thing::Check => "check",
                Thing::Unique(_) => "key",
                _ => return Vec::new(),
            };
            vec![Box::new(move |number| {
                format!("{}_{label}{number}", table.name)
            })]
        },
    };

    fn schema(tables: &[(&str, &[(&str, &str)])]) -> Schema {
        let check = |(name, expr): &(&str, &str)| Check {
            name: Some((*name).to_owned()),
            expr: (*expr).to_owned(),
            ..Check::default()
        };
        let table = |(name, checks): &(&str, &[(&str, &str)])| Table {
            name: (*name).to_owned(),
            checks: checks.iter().map(check).collect(),
            ..Table::default()
        };
        Schema {
            name: "public".to_owned(),
            tables: tables.iter().map(table).collect(),
            ..Schema::default()
        }
    }

    #[track_caller]
    fn becomes(current: &[(&str, &str)], desired: &[(&str, &str)], wanted: &[(&str, &str)]) {
        let mut got = schema(&[("t", desired)]);
        adopt(&schema(&[("t", current)]), &mut got, &NAMING);
        assert_eq!(got, schema(&[("t", wanted)]));
    }

    #[test]
    fn a_name_of_the_servers_is_that_of_the_same_thing() {
        becomes(&[("mine", "a")], &[("t_check0", "a")], &[("mine", "a")]);
        becomes(&[("t_check0", "a")], &[("mine", "a")], &[("mine", "a")]);
        becomes(
            &[("t_check0", "a"), ("t_check1", "b")],
            &[("t_check0", "b"), ("t_check1", "a")],
            &[("t_check0", "a"), ("t_check1", "b")],
        );
    }

    #[test]
    fn what_is_new_gets_a_name_that_is_free() {
        becomes(
            &[("t_check0", "a")],
            &[("t_check0", "new"), ("t_check1", "a")],
            &[("t_check0", "a"), ("t_check1", "new")],
        );
        // The old one still has the name when the new one comes.
        becomes(
            &[("t_check0", "a")],
            &[("mine", "a"), ("t_check0", "new")],
            &[("mine", "a"), ("t_check1", "new")],
        );
    }

    #[test]
    fn a_name_that_something_else_needs_is_not_taken_over() {
        becomes(
            &[("mine", "a")],
            &[("mine", "b"), ("t_check0", "a")],
            &[("mine", "b"), ("t_check0", "a")],
        );
        let current = schema(&[("s", &[]), ("t", &[("mine", "a")])]);
        let mut desired = schema(&[("s", &[("mine", "x")]), ("t", &[("t_check0", "a")])]);
        adopt(&current, &mut desired, &NAMING);
        let check = &desired.tables[1].checks[0];
        assert_eq!(
            check.name.as_deref(),
            Some("mine"),
            "names of checks are the table's"
        );
    }

    #[test]
    fn an_index_that_is_another_keeps_its_name_to_itself() {
        let index = |name: &str, unique| Index {
            name: name.to_owned(),
            unique,
            parts: vec![crate::schema::KeyPart::column("a")],
            ..Index::default()
        };
        assert!(index("a", false).like(&index("b", false)));
        assert!(!index("a", false).like(&index("b", true)));
    }

    #[test]
    fn a_number_may_be_any() {
        let (most, other) = ("t_check4294967295", "t_check99999999999");
        becomes(&[("mine", "a")], &[(most, "a")], &[("mine", "a")]);
        becomes(&[("mine", "a")], &[(other, "a")], &[(other, "a")]);
    }
}
