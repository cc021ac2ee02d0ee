-- Modify "crate" table
ALTER TABLE `crate` DROP FOREIGN KEY `n4`, ADD CONSTRAINT `crate_ibfk_1` FOREIGN KEY (`crate_id`) REFERENCES `crate` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT;
-- Create "box" table
CREATE TABLE `box` (
  `id` int NOT NULL,
  `code` varchar(10) NULL,
  `qty` int NULL,
  `box_id` int NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `n2` (`code`),
  INDEX `n4` (`box_id`),
  CONSTRAINT `n4` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT,
  CONSTRAINT `n3` CHECK (`qty` > 0)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
