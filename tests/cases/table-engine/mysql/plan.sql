-- Modify "item" table
ALTER TABLE `item` ENGINE MyISAM;
