-- Modify "item" table
ALTER TABLE `item` CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
