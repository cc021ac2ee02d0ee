-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` varchar(10) CHARSET latin1 NULL COLLATE latin1_swedish_ci;
