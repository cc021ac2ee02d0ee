-- Modify "person" table
ALTER TABLE `person` ADD COLUMN `nick` varchar(9) NULL, ADD COLUMN `born` date NULL;
