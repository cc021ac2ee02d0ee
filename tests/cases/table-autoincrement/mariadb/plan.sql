-- Modify "item" table
ALTER TABLE `item` AUTO_INCREMENT 1000;
