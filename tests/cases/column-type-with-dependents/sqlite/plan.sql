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
INSERT INTO `trueup_rebuild` (`rows_before`, `violations_before`) SELECT (SELECT count(*) FROM `item`) + (SELECT count(*) FROM `part`), (SELECT count(*) FROM pragma_foreign_key_check('part'));
-- Create "new_item" table
CREATE TABLE `new_item` (
  `id` integer NOT NULL,
  `code` varchar(50) NOT NULL,
  `qty` bigint NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `uq_item_code` UNIQUE (`code`),
  CONSTRAINT `ck_item_qty` CHECK (qty > 0)
);
-- Copy rows from old table "item" to new temporary table "new_item"
INSERT INTO `new_item` (`id`, `code`, `qty`) SELECT `id`, `code`, `qty` FROM `item`;
-- Drop "item" table after copying rows
DROP TABLE `item`;
-- Rename temporary table "new_item" to "item"
ALTER TABLE `new_item` RENAME TO `item`;
-- Create index "ix_item_qty" to table: "item"
CREATE INDEX `ix_item_qty` ON `item` (`qty`);
-- Create "new_part" table
CREATE TABLE `new_part` (
  `id` integer NOT NULL,
  `item_code` varchar(50) NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_part_item` FOREIGN KEY (`item_code`) REFERENCES `item` (`code`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Copy rows from old table "part" to new temporary table "new_part"
INSERT INTO `new_part` (`id`, `item_code`) SELECT `id`, `item_code` FROM `part`;
-- Drop "part" table after copying rows
DROP TABLE `part`;
-- Rename temporary table "new_part" to "part"
ALTER TABLE `new_part` RENAME TO `part`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `item`) + (SELECT count(*) FROM `part`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys), `violations_after` = (SELECT count(*) FROM pragma_foreign_key_check('part'));
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
