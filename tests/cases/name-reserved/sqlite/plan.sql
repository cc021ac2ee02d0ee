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
INSERT INTO `trueup_rebuild` (`rows_before`, `violations_before`) SELECT (SELECT count(*) FROM `order`), (SELECT count(*) FROM pragma_foreign_key_check('order'));
-- Create "user" table
CREATE TABLE `user` (
  `id` integer NOT NULL,
  `from` text NULL,
  PRIMARY KEY (`id`)
);
-- Create "new_order" table
CREATE TABLE `new_order` (
  `select` integer NOT NULL,
  `group` varchar(20) NULL,
  `table` integer NOT NULL DEFAULT '1',
  `user` integer NULL,
  PRIMARY KEY (`select`),
  CONSTRAINT `unique` UNIQUE (`group`, `table`),
  CONSTRAINT `references` FOREIGN KEY (`user`) REFERENCES `user` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION,
  CONSTRAINT `check` CHECK ("table" > 0)
);
-- Copy rows from old table "order" to new temporary table "new_order"
INSERT INTO `new_order` (`select`, `group`) SELECT `select`, `group` FROM `order`;
-- Drop "order" table after copying rows
DROP TABLE `order`;
-- Rename temporary table "new_order" to "order"
ALTER TABLE `new_order` RENAME TO `order`;
-- Create index "index" to table: "order"
CREATE INDEX `index` ON `order` (`user`);
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `order`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys), `violations_after` = (SELECT count(*) FROM pragma_foreign_key_check('order'));
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
