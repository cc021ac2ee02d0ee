-- Create "b" table
CREATE TABLE `b` (
  `id` int NOT NULL,
  `a_id` int NULL,
  PRIMARY KEY (`id`),
  INDEX `fk_a` (`a_id`)
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
-- Create "a" table
CREATE TABLE `a` (
  `id` int NOT NULL,
  `b_id` int NULL,
  PRIMARY KEY (`id`),
  INDEX `fk_b` (`b_id`),
  CONSTRAINT `fk_b` FOREIGN KEY (`b_id`) REFERENCES `b` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
-- Modify "b" table
ALTER TABLE `b` ADD CONSTRAINT `fk_a` FOREIGN KEY (`a_id`) REFERENCES `a` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
