-- Modify "t" table
ALTER TABLE `t` ADD COLUMN `b` tinyint unsigned NULL;
