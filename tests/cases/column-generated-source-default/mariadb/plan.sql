-- Modify "s" table
ALTER TABLE `s` DROP COLUMN `a`, MODIFY COLUMN `g` double AS (`b` / 2) VIRTUAL, ADD COLUMN `b` float NULL DEFAULT 0.5;
