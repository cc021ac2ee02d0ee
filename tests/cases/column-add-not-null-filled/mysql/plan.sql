-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `n` int NOT NULL, ADD COLUMN `s` varchar(9) NOT NULL, ADD COLUMN `e` enum('a','b') NOT NULL, ADD COLUMN `j` json NOT NULL, ADD COLUMN `ts` timestamp NOT NULL;
