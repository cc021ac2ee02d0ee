-- atlas:txmode none

-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Leave views and triggers as they are while tables are renamed
PRAGMA legacy_alter_table = on;
-- Begin a transaction: all that follows, or nothing
BEGIN IMMEDIATE;
-- Create a temporary table that remembers what must be kept
CREATE TEMP TABLE `trueup_rebuild` (
  `rows_before` integer NOT NULL,
  `rows_after` integer NULL,
  `enforced` integer NULL,
  CONSTRAINT `every row is kept` CHECK (`rows_after` = `rows_before`),
  CONSTRAINT `foreign keys are not enforced` CHECK (`enforced` = 0)
);
-- Count the rows that must be kept
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `we"ird ta.ble%`);
-- Create "new_we\"ird ta.ble%" table
CREATE TABLE `new_we"ird ta.ble%` (
  `Id` integer NOT NULL,
  `a b` bigint NULL,
  `ünï``x` text NULL,
  `100%` integer NULL DEFAULT '1',
  `it's` integer NULL,
  PRIMARY KEY (`Id`),
  CONSTRAINT `uq;--` UNIQUE (`it's`),
  CONSTRAINT `ck %` CHECK ("100%" > 0)
);
-- Copy rows from old table "we\"ird ta.ble%" to new temporary table "new_we\"ird ta.ble%"
INSERT INTO `new_we"ird ta.ble%` (`Id`, `a b`) SELECT `Id`, `a b` FROM `we"ird ta.ble%`;
-- Drop "we\"ird ta.ble%" table after copying rows
DROP TABLE `we"ird ta.ble%`;
-- Rename temporary table "new_we\"ird ta.ble%" to "we\"ird ta.ble%"
ALTER TABLE `new_we"ird ta.ble%` RENAME TO `we"ird ta.ble%`;
-- Create index "ix Odd" to table: "we\"ird ta.ble%"
CREATE INDEX `ix Odd` ON `we"ird ta.ble%` (`a b`, `100%`);
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `we"ird ta.ble%`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
