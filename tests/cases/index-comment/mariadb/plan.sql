-- Modify "item" table
ALTER TABLE `item` DROP INDEX `ix`, ADD INDEX `ix` (`a`) COMMENT "by a";
