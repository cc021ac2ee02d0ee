-- Modify "crate" table
ALTER TABLE `crate` DROP FOREIGN KEY `n4`, DROP CHECK `n3`, ADD CONSTRAINT `crate_chk_1` CHECK (`qty` > 0), ADD CONSTRAINT `crate_ibfk_1` FOREIGN KEY (`crate_id`) REFERENCES `crate` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
-- Create "box" table
CREATE TABLE `box` (
  `id` int NOT NULL,
  `code` varchar(10) NULL,
  `qty` int NULL,
  `box_id` int NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `n2` (`code`),
  INDEX `n4` (`box_id`),
  CONSTRAINT `n4` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION,
  CONSTRAINT `n3` CHECK (`qty` > 0)
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
