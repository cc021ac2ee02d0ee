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
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `item`);
-- Create "new_item" table
CREATE TABLE `new_item` (
  `id` integer NOT NULL,
  `code` integer NOT NULL,
  `qty` integer NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `n1` UNIQUE (`code`, `qty`)
);
-- Copy rows from old table "item" to new temporary table "new_item"
INSERT INTO `new_item` (`id`, `code`, `qty`) SELECT `id`, `code`, `qty` FROM `item`;
-- Drop "item" table after copying rows
DROP TABLE `item`;
-- Rename temporary table "new_item" to "item"
ALTER TABLE `new_item` RENAME TO `item`;
-- Create index "n2" to table: "item"
CREATE UNIQUE INDEX `n2` ON `item` (`code`);
-- Create index "n3" to table: "item"
CREATE INDEX `n3` ON `item` (`id`, `qty`);
-- Create index "n4" to table: "item"
CREATE INDEX `n4` ON `item` (`qty`);
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `item`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
