-- Modify "person" table
ALTER TABLE `person` ADD COLUMN `name2` varchar(9) NULL, ADD COLUMN `born` date NULL;
