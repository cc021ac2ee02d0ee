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
INSERT INTO `trueup_rebuild` (`rows_before`, `violations_before`) SELECT (SELECT count(*) FROM `member`), (SELECT count(*) FROM pragma_foreign_key_check('member'));
-- Create "new_member" table
CREATE TABLE `new_member` (
  `id` integer NOT NULL,
  `team_id` integer NULL,
  PRIMARY KEY (`id`)
);
-- Copy rows from old table "member" to new temporary table "new_member"
INSERT INTO `new_member` (`id`, `team_id`) SELECT `id`, `team_id` FROM `member`;
-- Drop "member" table after copying rows
DROP TABLE `member`;
-- Rename temporary table "new_member" to "member"
ALTER TABLE `new_member` RENAME TO `member`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `member`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys), `violations_after` = (SELECT count(*) FROM pragma_foreign_key_check('member'));
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
