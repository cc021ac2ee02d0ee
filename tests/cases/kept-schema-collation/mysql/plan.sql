-- Modify "person" table
ALTER TABLE `person` ADD COLUMN `nick` varchar(9) NULL, ADD COLUMN `born` date NULL;
-- Create "pet" table
CREATE TABLE `pet` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(40) NOT NULL,
  `kind` enum('cat','dog') NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci;
