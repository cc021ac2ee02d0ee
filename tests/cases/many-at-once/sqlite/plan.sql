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
INSERT INTO `trueup_rebuild` (`rows_before`, `violations_before`) SELECT (SELECT count(*) FROM `customer`) + (SELECT count(*) FROM `invoice`), (SELECT count(*) FROM pragma_foreign_key_check('invoice'));
-- Create "new_customer" table
CREATE TABLE `new_customer` (
  `id` integer NOT NULL,
  `name` varchar(80) NOT NULL,
  `email` varchar(120) NOT NULL DEFAULT '',
  `joined` date NOT NULL DEFAULT '2000-01-01',
  PRIMARY KEY (`id`)
);
-- Copy rows from old table "customer" to new temporary table "new_customer", filling "joined" where it is NULL
INSERT INTO `new_customer` (`id`, `name`, `joined`) SELECT `id`, `name`, IFNULL(`joined`, '2000-01-01') AS `joined` FROM `customer`;
-- Drop "customer" table after copying rows
DROP TABLE `customer`;
-- Rename temporary table "new_customer" to "customer"
ALTER TABLE `new_customer` RENAME TO `customer`;
-- Create index "ix_customer_email" to table: "customer"
CREATE INDEX `ix_customer_email` ON `customer` (`email`);
-- Create "new_invoice" table
CREATE TABLE `new_invoice` (
  `id` integer NOT NULL,
  `customer_id` integer NOT NULL,
  `total` numeric(12,2) NOT NULL,
  `paid` boolean NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_invoice_customer` FOREIGN KEY (`customer_id`) REFERENCES `customer` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `ck_invoice_total` CHECK (total > -1)
);
-- Copy rows from old table "invoice" to new temporary table "new_invoice"
INSERT INTO `new_invoice` (`id`, `customer_id`, `total`) SELECT `id`, `customer_id`, `total` FROM `invoice`;
-- Drop "invoice" table after copying rows
DROP TABLE `invoice`;
-- Rename temporary table "new_invoice" to "invoice"
ALTER TABLE `new_invoice` RENAME TO `invoice`;
-- Create index "ix_invoice_customer_id" to table: "invoice"
CREATE INDEX `ix_invoice_customer_id` ON `invoice` (`customer_id`);
-- Create "line" table
CREATE TABLE `line` (
  `id` integer NOT NULL,
  `invoice_id` integer NOT NULL,
  `text` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_line_invoice` FOREIGN KEY (`invoice_id`) REFERENCES `invoice` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Drop "fax_log" table
DROP TABLE `fax_log`;
-- Roll everything back unless all rows were kept and no foreign key was broken
UPDATE OR ROLLBACK `trueup_rebuild` SET `rows_after` = (SELECT count(*) FROM `customer`) + (SELECT count(*) FROM `invoice`), `enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys), `violations_after` = (SELECT count(*) FROM pragma_foreign_key_check('invoice'));
-- Drop the temporary table
DROP TABLE `temp`.`trueup_rebuild`;
-- Commit the transaction
COMMIT;
-- Let renamed tables be renamed in views and triggers again
PRAGMA legacy_alter_table = off;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
