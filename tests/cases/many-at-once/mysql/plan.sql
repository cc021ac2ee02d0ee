-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` bigint NULL DEFAULT 3;
-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`, DROP CONSTRAINT `ck`;
-- Fill "n" column of "item" table where it is NULL
UPDATE `item` SET `n` = 3 WHERE `n` IS NULL;
-- Modify "item" table
ALTER TABLE `item` DROP INDEX `ix_n`, MODIFY COLUMN `n` bigint NOT NULL DEFAULT 3, DROP COLUMN `s`, ADD COLUMN `t` text NULL, ADD UNIQUE INDEX `ix_n` (`n`, `name`), ADD CONSTRAINT `ck` CHECK (`n` > 1), ADD CONSTRAINT `fk_box` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE, COMMENT "all";
