-- Modify "s" table
ALTER TABLE `s` DROP INDEX `kb`, DROP COLUMN `b`, ADD COLUMN `b` varchar(40) AS (lcase(`t`)) VIRTUAL, ADD INDEX `kb` (`b`);
