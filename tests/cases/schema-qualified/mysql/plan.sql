-- Modify "person" table
ALTER TABLE `dev`.`person` DROP FOREIGN KEY `person_team`;
-- Modify "person" table
ALTER TABLE `dev`.`person` DROP INDEX `by_name`, ADD COLUMN `age` int NULL, ADD UNIQUE INDEX `by_name` (`name`), ADD INDEX `person_boss` (`boss_id`), ADD CONSTRAINT `person_team` FOREIGN KEY (`team_id`) REFERENCES `dev`.`team` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE, ADD CONSTRAINT `person_boss` FOREIGN KEY (`boss_id`) REFERENCES `dev`.`person` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
-- Modify "team" table
ALTER TABLE `dev`.`team` MODIFY COLUMN `title` varchar(60) NOT NULL, COMMENT "teams";
-- Create "badge" table
CREATE TABLE `dev`.`badge` (
  `id` int NOT NULL AUTO_INCREMENT,
  `person_id` int NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `badge_person` (`person_id`),
  CONSTRAINT `badge_person` FOREIGN KEY (`person_id`) REFERENCES `dev`.`person` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
-- Drop "old" table
DROP TABLE `dev`.`old`;
