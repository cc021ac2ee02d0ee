-- Modify "s" table
ALTER TABLE `s` DROP CONSTRAINT `ck`, DROP COLUMN `g`, ADD COLUMN `g` int AS (`a` + 1) STORED, ADD CONSTRAINT `ck` CHECK (`g` > 0);
