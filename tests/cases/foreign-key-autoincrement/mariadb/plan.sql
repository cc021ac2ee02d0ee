-- Modify "box" table
ALTER TABLE `box` MODIFY COLUMN `id` int NOT NULL AUTO_INCREMENT;
