-- Create "or`der by" table
CREATE TABLE `or``der by` (
  `se'lect` int NOT NULL,
  `a b"c` varchar(10) NULL,
  `ż` int NULL,
  PRIMARY KEY (`se'lect`),
  INDEX `i``x` (`a b"c`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
