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
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes`);
-- Create "new_a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes" table
CREATE TABLE `new_a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes` (
  `id` integer NOT NULL,
  `a_rather_long_column_name_that_is_also_quite_long_to_read` integer NULL,
  PRIMARY KEY (`id`),
  UNIQUE (`a_rather_long_column_name_that_is_also_quite_long_to_read`),
  CHECK (a_rather_long_column_name_that_is_also_quite_long_to_read > 0)
);
-- Copy rows from old table "a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes" to new temporary table "new_a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes"
INSERT INTO `new_a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes` (`id`, `a_rather_long_column_name_that_is_also_quite_long_to_read`) SELECT `id`, `a_rather_long_column_name_that_is_also_quite_long_to_read` FROM `a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes`;
-- Drop "a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes" table after copying rows
DROP TABLE `a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes`;
-- Rename temporary table "new_a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes" to "a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes"
ALTER TABLE `new_a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes` RENAME TO `a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
