-- Modify "item" table
ALTER TABLE `item` DROP INDEX `ix`, ADD INDEX `ix` (`b` DESC, `c`);
