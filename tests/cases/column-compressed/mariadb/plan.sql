-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` text COMPRESSED NULL, MODIFY COLUMN `t` varchar(20) COMPRESSED CHARSET latin1 NULL COLLATE latin1_bin;
