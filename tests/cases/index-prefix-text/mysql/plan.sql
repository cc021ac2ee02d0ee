-- Modify "item" table
ALTER TABLE `item` ADD INDEX `ix` (`t` (20));
