-- Modify "s" table
ALTER TABLE `s` DROP COLUMN `a`, DROP COLUMN `g`, ADD COLUMN `b` float NULL DEFAULT (0.5), ADD COLUMN `g` double AS (`b` / 2) VIRTUAL NULL;
