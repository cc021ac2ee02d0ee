-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `changed` timestamp NULL DEFAULT current_timestamp() ON UPDATE current_timestamp();
