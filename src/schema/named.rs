//! What belongs to a table and may have a name of its own.

use super::{Check, ForeignKey, Index, PrimaryKey, RawConstraint, Unique};

/// Something that may have a name and has a definition apart from it.
pub trait Named: Clone + PartialEq {
    /// Its name, if it has one.
    fn name(&self) -> Option<&str>;

    /// Gives it another name.
    fn set_name(&mut self, name: String);

    /// The definitions are equal.
    fn same_but_for_name(&self, other: &Self) -> bool;
}

macro_rules! named {
    ($ty:ty, $name:expr, $set:expr) => {
        impl Named for $ty {
            fn name(&self) -> Option<&str> {
                let name: fn(&$ty) -> Option<&str> = $name;
                name(self)
            }

            fn set_name(&mut self, name: String) {
                let set: fn(&mut $ty, String) = $set;
                set(self, name);
            }

            fn same_but_for_name(&self, other: &Self) -> bool {
                Self {
                    name: other.name.clone(),
                    ..self.clone()
                } == *other
            }
        }
    };
    (optional $($ty:ty),*) => {
        $(named!($ty, |value| value.name.as_deref(), |value, name| value.name = Some(name));)*
    };
    (always $($ty:ty),*) => {
        $(named!($ty, |value| Some(&value.name), |value, name| value.name = name);)*
    };
}

named!(optional PrimaryKey, Unique, ForeignKey, Check);
named!(always RawConstraint, Index);
