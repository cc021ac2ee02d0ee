//! What differs between server versions, each as a predicate with a name.

/// A server's version as `server_version_num` gives it (`150004`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32);

impl Version {
    /// The oldest that is read.
    pub(super) const OLDEST: Self = Self(130_000);

    /// `ALTER COLUMN … SET COMPRESSION`, and `pg_attribute.attcompression` with it.
    pub(super) fn has_compression(self) -> bool {
        self.0 >= 140_000
    }

    /// `NULLS NOT DISTINCT`, and `pg_index.indnullsnotdistinct` with it.
    pub(super) fn has_nulls_not_distinct(self) -> bool {
        self.0 >= 150_000
    }

    /// `ON DELETE SET NULL (columns)`, and `pg_constraint.confdelsetcols` with it.
    pub(super) fn has_set_columns(self) -> bool {
        self.0 >= 150_000
    }

    /// Publications of whole schemas and of some rows or columns.
    pub(super) fn has_publication_filters(self) -> bool {
        self.0 >= 150_000
    }

    /// Multirange types, and `pg_range.rngmultitypid` with them.
    pub(super) fn has_multiranges(self) -> bool {
        self.0 >= 140_000
    }

    /// `NOT ENFORCED`, and `pg_constraint.conenforced` with it.
    pub(super) fn has_not_enforced(self) -> bool {
        self.0 >= 180_000
    }

    /// `WITHOUT OVERLAPS` and `PERIOD`, and `pg_constraint.conperiod` with it.
    pub(super) fn has_periods(self) -> bool {
        self.0 >= 180_000
    }

    /// Major version for people.
    pub(super) fn major(self) -> u32 {
        self.0 / 10_000
    }
}
