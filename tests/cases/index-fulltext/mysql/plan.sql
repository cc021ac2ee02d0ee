-- Modify "item" table
ALTER TABLE `item` ADD FULLTEXT INDEX `ft` (`t`, `name`);
