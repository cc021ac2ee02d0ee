-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `upper_name` varchar(30) AS (ucase(`name`)) STORED;
