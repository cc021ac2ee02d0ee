-- Modify "t" table
ALTER TABLE `t` MODIFY COLUMN `id` int NOT NULL;
