-- Modify "s" table
ALTER TABLE `s` DROP INDEX `kb`, DROP INDEX `kc`, DROP COLUMN `b`, ADD COLUMN `b` bigint AS (`a` + 1) STORED NULL, ADD INDEX `kb` (`b`), ADD INDEX `kc` (`c`, `b`);
