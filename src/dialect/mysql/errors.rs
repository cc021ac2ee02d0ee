//! What the numbers of errors of MySQL and MariaDB mean for a plan.

use crate::dialect::Errors;

const MODE: &str = "the server's sql_mode refuses a value that is there, such as a zero date, unless the file sets another mode first";

pub(in crate::dialect) const ERRORS: Errors = Errors {
    absent: &["1049", "1146", "1305", "4091"],
    no_schema: "1049",
    denied: &["1044", "1142"],
    exists: &["1050", "1060", "1061", "1826"],
    gone: &["1051", "1091", "1305", "1360", "4092"],
    held: &[],
    reasons: &[
        ("1044", Errors::RIGHTS),
        ("1048", Errors::DATA),
        ("1062", Errors::DATA),
        ("1067", MODE),
        ("1069", Errors::LIMIT),
        ("1070", Errors::LIMIT),
        ("1071", Errors::LIMIT),
        ("1117", Errors::LIMIT),
        ("1118", Errors::LIMIT),
        ("1138", Errors::DATA),
        ("1142", Errors::RIGHTS),
        ("1143", Errors::RIGHTS),
        ("1227", Errors::RIGHTS),
        ("1235", Errors::UNSUPPORTED),
        ("1264", Errors::DATA),
        ("1265", Errors::DATA),
        ("1292", Errors::DATA),
        ("1366", Errors::DATA),
        ("1406", Errors::DATA),
        ("1451", Errors::DATA),
        ("1452", Errors::DATA),
        ("1845", Errors::UNSUPPORTED),
        ("1846", Errors::UNSUPPORTED),
        ("3819", Errors::DATA),
        ("4025", Errors::DATA),
    ],
    bundled: &[],
};
