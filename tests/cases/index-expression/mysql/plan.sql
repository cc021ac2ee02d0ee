-- Modify "item" table
ALTER TABLE `item` ADD INDEX `ix` ((lower(`a`)), `b`);
