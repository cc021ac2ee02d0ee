-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `kind` enum('a','b') CHARSET binary NULL, ADD COLUMN `other` enum('x') CHARSET binary NULL;
