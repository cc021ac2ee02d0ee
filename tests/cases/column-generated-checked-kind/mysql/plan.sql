-- Modify "s" table
ALTER TABLE `s` DROP CHECK `ck`, DROP COLUMN `g`, ADD COLUMN `g` int AS (`a` + 1) STORED NULL, ADD CONSTRAINT `ck` CHECK (`g` > 0);
