-- Modify "item" table
ALTER TABLE `item` DROP CONSTRAINT `ck_n`, DROP INDEX `ix_n`, DROP INDEX `uq`, DROP COLUMN `n`;
