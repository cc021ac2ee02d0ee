-- Modify "item" table
ALTER TABLE `item` DROP INDEX `mine`, ADD UNIQUE INDEX `mine` (`b`), ADD UNIQUE INDEX `a` (`a`);
