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
INSERT INTO `trueup_rebuild` (`rows_before`, `violations_before`) SELECT (SELECT count(*) FROM `a`) + (SELECT count(*) FROM `b`), (SELECT count(*) FROM pragma_foreign_key_check('a')) + (SELECT count(*) FROM pragma_foreign_key_check('b'));
-- Create "new_a" table
CREATE TABLE `new_a` (
  `id` integer NOT NULL,
  `x` integer NOT NULL,
  `b_id` integer NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_a_b` FOREIGN KEY (`b_id`) REFERENCES `b` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Copy rows from old table "a" to new temporary table "new_a"
INSERT INTO `new_a` (`id`, `x`, `b_id`) SELECT `id`, `x`, `b_id` FROM `a`;
-- Drop "a" table after copying rows
DROP TABLE `a`;
-- Rename temporary table "new_a" to "a"
ALTER TABLE `new_a` RENAME TO `a`;
-- Create "new_b" table
CREATE TABLE `new_b` (
  `id` integer NOT NULL,
  `y` integer NOT NULL,
  `a_id` integer NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_b_a` FOREIGN KEY (`a_id`) REFERENCES `a` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Copy rows from old table "b" to new temporary table "new_b"
INSERT INTO `new_b` (`id`, `y`, `a_id`) SELECT `id`, `y`, `a_id` FROM `b`;
-- Drop "b" table after copying rows
DROP TABLE `b`;
-- Rename temporary table "new_b" to "b"
ALTER TABLE `new_b` RENAME TO `b`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `a`) + (SELECT count(*) FROM `b`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys), `violations_after` = (SELECT count(*) FROM pragma_foreign_key_check('a')) + (SELECT count(*) FROM pragma_foreign_key_check('b'));
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
