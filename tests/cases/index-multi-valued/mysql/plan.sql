-- Modify "item" table
ALTER TABLE `item` ADD INDEX `mv` ((cast(json_extract(`j`,_utf8mb4'$.x') as unsigned array)));
