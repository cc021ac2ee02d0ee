-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `made` datetime NULL DEFAULT CURRENT_TIMESTAMP, ADD COLUMN `made6` datetime(6) NULL DEFAULT CURRENT_TIMESTAMP(6), ADD COLUMN `code` char(36) NULL, ADD COLUMN `both_` varchar(10) NULL DEFAULT (concat(_utf8mb4'a',_utf8mb4'b')), ADD COLUMN `num` int NULL DEFAULT ((1 + 1));
-- Modify "item" table
ALTER TABLE `item` ALTER COLUMN `code` SET DEFAULT (uuid());
-- Set column "code" of the rows in table: "item"
UPDATE `item` SET `code` = DEFAULT;
