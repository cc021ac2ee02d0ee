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
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `shelf`);
-- Create "new_shelf" table
CREATE TABLE `new_shelf` (
  `id` integer NOT NULL,
  `label` varchar(40) NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `same_label` UNIQUE (`label`)
);
-- Copy rows from old table "shelf" to new temporary table "new_shelf"
INSERT INTO `new_shelf` (`id`, `label`) SELECT `id`, `label` FROM `shelf`;
-- Drop "shelf" table after copying rows
DROP TABLE `shelf`;
-- Rename temporary table "new_shelf" to "shelf"
ALTER TABLE `new_shelf` RENAME TO `shelf`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `shelf`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
