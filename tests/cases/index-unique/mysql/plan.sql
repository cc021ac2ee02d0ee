-- Modify "item" table
ALTER TABLE `item` DROP INDEX `ix`, ADD UNIQUE INDEX `ix` (`a`);
