-- atlas:txmode none

-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Begin a transaction: all that follows, or nothing
BEGIN IMMEDIATE;
-- Drop "team" table
DROP TABLE `team`;
-- Drop "person" table
DROP TABLE `person`;
-- Commit the transaction
COMMIT;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
