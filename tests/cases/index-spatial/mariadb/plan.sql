-- Modify "item" table
ALTER TABLE `item` ADD SPATIAL INDEX `sp` (`p`);
