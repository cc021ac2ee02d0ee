-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `a` int NULL, ADD COLUMN `b` datetime(6) NULL, ADD COLUMN `c` enum('x','y''z') NULL, ADD COLUMN `d` bool NOT NULL DEFAULT 0;
