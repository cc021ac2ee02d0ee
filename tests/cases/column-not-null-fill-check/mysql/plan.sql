-- Modify "item" table
ALTER TABLE `item` DROP CONSTRAINT `known`;
-- Fill "s" column of "item" table where it is NULL
UPDATE `item` SET `s` = "unknown" WHERE `s` IS NULL;
-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` varchar(9) NOT NULL DEFAULT "unknown", ADD CONSTRAINT `known` CHECK (`s` in (_utf8mb4'a',_utf8mb4'b',_utf8mb4'unknown'));
