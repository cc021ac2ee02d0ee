-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `g` point NOT NULL SRID 0;
