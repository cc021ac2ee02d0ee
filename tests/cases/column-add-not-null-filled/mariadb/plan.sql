-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `n` int NOT NULL, ADD COLUMN `s` varchar(9) NOT NULL, ADD COLUMN `e` enum('a','b') NOT NULL, ADD COLUMN `u` uuid NOT NULL, ADD COLUMN `born` date NOT NULL;
