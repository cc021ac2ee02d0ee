-- Modify "t" table
ALTER TABLE `t` ADD COLUMN `d` int NULL;
