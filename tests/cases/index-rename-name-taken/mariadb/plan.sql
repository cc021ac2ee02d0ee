-- Modify "item" table
ALTER TABLE `item` DROP INDEX `n1`, DROP INDEX `n3`, ADD UNIQUE INDEX `n1` (`code`, `qty`), ADD INDEX `n3` (`id`, `qty`), ADD UNIQUE INDEX `n2` (`code`), ADD INDEX `n4` (`qty`);
