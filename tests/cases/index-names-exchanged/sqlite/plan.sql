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
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `team`);
-- Drop index "by_size" from table: "team"
DROP INDEX `by_size`;
-- Drop index "by_name" from table: "club"
DROP INDEX `by_name`;
-- Create index "by_size" to table: "club"
CREATE INDEX `by_size` ON `club` (`name`);
-- Drop index "by_town" from table: "town"
DROP INDEX `by_town`;
-- Create index "by_name" to table: "town"
CREATE UNIQUE INDEX `by_name` ON `town` (`name`);
-- Create "new_team" table
CREATE TABLE `new_team` (
  `id` integer NOT NULL,
  `name` varchar(40) NULL,
  `size` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Copy rows from old table "team" to new temporary table "new_team"
INSERT INTO `new_team` (`id`, `name`, `size`) SELECT `id`, `name`, `size` FROM `team`;
-- Drop "team" table after copying rows
DROP TABLE `team`;
-- Rename temporary table "new_team" to "team"
ALTER TABLE `new_team` RENAME TO `team`;
-- Create index "by_town" to table: "team"
CREATE INDEX `by_town` ON `team` (`name`);
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `team`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
