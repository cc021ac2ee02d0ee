-- Modify "item" table
ALTER TABLE `item` DROP INDEX `ft`;
-- Modify "item" table
ALTER TABLE `item` ADD FULLTEXT INDEX `ft` (`t`) WITH PARSER `ngram`;
