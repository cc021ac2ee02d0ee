-- Modify "s" table
ALTER TABLE `s` DROP COLUMN `g`, DROP COLUMN `h`, ADD COLUMN `f` int AS (`a` * 2) VIRTUAL NULL, ADD COLUMN `g` int AS (`f` + 1) STORED NULL, ADD COLUMN `h` int AS (`g` + 1) STORED NULL;
