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
  `violations_before` integer NOT NULL,
  `violations_after` integer NULL,
  CONSTRAINT `every row is kept` CHECK (`rows_after` = `rows_before`),
  CONSTRAINT `foreign keys are not enforced` CHECK (`enforced` = 0),
  CONSTRAINT `no foreign key is violated` CHECK (`violations_after` <= `violations_before`)
);
-- Count the rows that must be kept
INSERT INTO `trueup_rebuild` (`rows_before`, `violations_before`) SELECT (SELECT count(*) FROM `team`), (SELECT count(*) FROM pragma_foreign_key_check('member'));
-- Create "new_team" table
CREATE TABLE `new_team` (
  `id` integer NOT NULL,
  `name` varchar(30) NOT NULL,
  PRIMARY KEY (`id`)
);
-- Copy rows from old table "team" to new temporary table "new_team"
INSERT INTO `new_team` (`id`, `name`) SELECT `id`, `name` FROM `team`;
-- Drop "team" table after copying rows
DROP TABLE `team`;
-- Rename temporary table "new_team" to "team"
ALTER TABLE `new_team` RENAME TO `team`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `team`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys), `violations_after` = (SELECT count(*) FROM pragma_foreign_key_check('member'));
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
