-- Modify "item" table
ALTER TABLE `item` ADD UNIQUE INDEX `uq` USING HASH (`t`);
