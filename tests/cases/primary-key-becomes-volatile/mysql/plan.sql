-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `code` char(36) NULL;
-- Modify "item" table
ALTER TABLE `item` ALTER COLUMN `code` SET DEFAULT (uuid());
-- Set column "code" of the rows in table: "item"
UPDATE `item` SET `code` = DEFAULT;
-- Modify "item" table
ALTER TABLE `item` DROP PRIMARY KEY, MODIFY COLUMN `code` char(36) NOT NULL DEFAULT (uuid()), DROP COLUMN `id`, ADD PRIMARY KEY (`code`);
