-- Modify "hits" table
ALTER TABLE `hits` ADD COLUMN `note` varchar(5) NULL;
