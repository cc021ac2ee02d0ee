-- Modify "item" table
ALTER TABLE `item` DROP INDEX `uq`, ADD UNIQUE INDEX `uq` (`a`, `c`);
