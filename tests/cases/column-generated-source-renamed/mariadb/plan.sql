-- Modify "s" table
ALTER TABLE `s` DROP CONSTRAINT `ck`, DROP COLUMN `a`, MODIFY COLUMN `g` double AS (`b` / 2) VIRTUAL, ADD COLUMN `b` float NULL, ADD CONSTRAINT `ck` CHECK (`h` > 0);
