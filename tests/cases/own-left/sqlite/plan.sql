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
INSERT INTO `trueup_rebuild` (`rows_before`) SELECT (SELECT count(*) FROM `crate`);
-- Create "new_crate" table
CREATE TABLE `new_crate` (
  `id` integer NOT NULL,
  `label` varchar(20) NOT NULL,
  PRIMARY KEY (`id`)
);
-- Copy rows from old table "crate" to new temporary table "new_crate"
INSERT INTO `new_crate` (`id`, `label`) SELECT `id`, `label` FROM `crate`;
-- Drop "crate" table after copying rows
DROP TABLE `crate`;
-- Rename temporary table "new_crate" to "crate"
ALTER TABLE `new_crate` RENAME TO `crate`;
-- Create trigger "counted" on table "crate" again
CREATE TRIGGER counted AFTER INSERT ON crate BEGIN UPDATE crate SET label = upper(label) WHERE id = NEW.id; END;
-- Drop "pallet" table
DROP TABLE `pallet`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `crate`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys);
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
