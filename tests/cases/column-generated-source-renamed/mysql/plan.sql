-- Modify "s" table
ALTER TABLE `s` DROP COLUMN `a`, MODIFY COLUMN `g` double AS (`b` / 2) VIRTUAL NULL, ADD COLUMN `b` float NULL, MODIFY COLUMN `h` double AS (`g` + 1) VIRTUAL NULL;
