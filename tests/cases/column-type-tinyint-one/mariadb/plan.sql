-- Modify "t" table
ALTER TABLE `t` MODIFY COLUMN `d` tinyint(1) unsigned NULL, ADD COLUMN `b` tinyint(1) unsigned NULL;
