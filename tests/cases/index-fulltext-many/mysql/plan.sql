-- Modify "item" table
ALTER TABLE `item` DROP INDEX `old_a`, DROP INDEX `old_b`, ADD FULLTEXT INDEX `new_1` (`name`, `a`);
-- Modify "item" table
ALTER TABLE `item` ADD FULLTEXT INDEX `new_3` (`a`, `b`);
-- Modify "item" table
ALTER TABLE `item` ADD FULLTEXT INDEX `new_2` (`name`, `b`);
