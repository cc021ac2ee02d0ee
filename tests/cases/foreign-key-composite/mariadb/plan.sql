-- Create "c" table
CREATE TABLE `c` (
  `id` int NOT NULL,
  `pa` int NULL,
  `pb` int NULL,
  PRIMARY KEY (`id`),
  INDEX `pa` (`pa`, `pb`),
  CONSTRAINT `c_ibfk_1` FOREIGN KEY (`pa`, `pb`) REFERENCES `p` (`a`, `b`) ON UPDATE RESTRICT ON DELETE RESTRICT
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
