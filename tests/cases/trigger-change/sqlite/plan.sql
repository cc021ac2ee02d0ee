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
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `users`);
-- Drop "touch" trigger on table: "users"
DROP TRIGGER `touch`;
-- Drop "gone" trigger on table: "users"
DROP TRIGGER `gone`;
-- Create "new_users" table
CREATE TABLE `new_users` (
  `id` integer NOT NULL,
  `email` varchar(80) NOT NULL,
  `changed` text NOT NULL DEFAULT '',
  PRIMARY KEY (`id`)
);
-- Copy rows from old table "users" to new temporary table "new_users", filling "changed" where it is NULL
INSERT INTO `new_users` (`id`, `email`, `changed`) SELECT `id`, `email`, IFNULL(`changed`, '') AS `changed` FROM `users`;
-- Drop "users" table after copying rows
DROP TABLE `users`;
-- Rename temporary table "new_users" to "users"
ALTER TABLE `new_users` RENAME TO `users`;
-- Create trigger "kept" on table "users" again
CREATE TRIGGER kept AFTER DELETE ON users BEGIN SELECT 1; END;
-- Create "touch" trigger on table: "users"
CREATE TRIGGER touch AFTER UPDATE OF email ON users BEGIN UPDATE users SET changed = 'later' WHERE id = new.id; END;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `users`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
