-- Drop "v" view
DROP VIEW `v`;
-- Create "v" table
CREATE TABLE `v` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
-- Drop "w" table
DROP TABLE `w`;
-- Create "w" view
CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `w` AS select `t`.`a` AS `a` from `t`;
