-- Create "t" table
CREATE TABLE `t` (
  `id` int NOT NULL,
  `d` date NOT NULL,
  PRIMARY KEY (`id`, `d`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci PARTITION BY RANGE (year(`d`)) (PARTITION `p0` VALUES LESS THAN (2000) ENGINE = InnoDB, PARTITION `p1` VALUES LESS THAN MAXVALUE ENGINE = InnoDB);
