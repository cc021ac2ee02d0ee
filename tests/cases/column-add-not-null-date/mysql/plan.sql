-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `born` date NOT NULL;
