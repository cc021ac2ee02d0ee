-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `u` uuid NULL, ADD COLUMN `i` inet6 NULL, ADD COLUMN `j` inet4 NULL DEFAULT '127.0.0.1';
