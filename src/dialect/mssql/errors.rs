//! What SQL Server's numbers of errors mean for a plan.
//! <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors>

use crate::dialect::Errors;

pub(super) const ERRORS: Errors = Errors {
    absent: &["208", "1767", "2715", "3701", "4902"],
    no_schema: "2760",
    denied: &["229", "230", "262", "297", "300", "916", "15247"],
    exists: &["1913", "2705", "2714"],
    reasons: &[
        ("208", Errors::ABSENT),
        ("229", Errors::RIGHTS),
        ("230", Errors::RIGHTS),
        ("245", Errors::DATA),
        ("257", Errors::CAST),
        ("262", Errors::RIGHTS),
        ("297", Errors::RIGHTS),
        ("300", Errors::RIGHTS),
        ("515", Errors::DATA),
        ("547", Errors::DATA),
        ("916", Errors::RIGHTS),
        ("1505", Errors::DATA),
        ("1701", Errors::LIMIT),
        ("1702", Errors::LIMIT),
        ("2601", Errors::DATA),
        ("2627", Errors::DATA),
        ("2628", Errors::DATA),
        ("2715", Errors::ABSENT),
        ("2760", Errors::ABSENT),
        ("4902", Errors::ABSENT),
        ("4922", Errors::DATA),
        ("8114", Errors::DATA),
        ("8115", Errors::DATA),
        ("8152", Errors::DATA),
        ("15247", Errors::RIGHTS),
    ],
    bundled: &[],
};
