-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` varchar(9) NULL DEFAULT "unknown";
-- Fill "n" column of "item" table where it is NULL
UPDATE `item` SET `n` = 7, `seen` = `seen` WHERE `n` IS NULL;
-- Fill "s" column of "item" table where it is NULL
UPDATE `item` SET `s` = "unknown", `seen` = `seen` WHERE `s` IS NULL;
-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` int NOT NULL DEFAULT 7, MODIFY COLUMN `s` varchar(9) NOT NULL DEFAULT "unknown";
