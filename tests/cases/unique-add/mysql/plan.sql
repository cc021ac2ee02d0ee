-- Modify "item" table
ALTER TABLE `item` ADD UNIQUE INDEX `a` (`a`, `b`);
