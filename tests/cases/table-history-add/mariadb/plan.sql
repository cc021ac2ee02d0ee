-- Modify "salary" table
ALTER TABLE `salary` ADD SYSTEM VERSIONING;
