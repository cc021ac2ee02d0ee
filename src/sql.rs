//! Splits SQL scripts into statements with positions.
