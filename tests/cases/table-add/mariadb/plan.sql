-- Create "other" table
CREATE TABLE `other` (
  `id` int NOT NULL,
  `note` text NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'it''s other';
