-- Modify "item" table
ALTER TABLE `item` RENAME INDEX `fk_box` TO `ix_box`;
