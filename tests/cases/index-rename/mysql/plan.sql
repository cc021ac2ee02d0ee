-- Modify "item" table
ALTER TABLE `item` RENAME INDEX `ix` TO `ix_item_a`;
