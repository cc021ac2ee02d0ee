-- Create "node" table
CREATE TABLE `node` (
  `id` int NOT NULL AUTO_INCREMENT,
  `parent_id` int NULL,
  PRIMARY KEY (`id`),
  INDEX `parent_id` (`parent_id`),
  CONSTRAINT `node_ibfk_1` FOREIGN KEY (`parent_id`) REFERENCES `node` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
