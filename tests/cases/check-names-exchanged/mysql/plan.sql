-- Modify "team" table
ALTER TABLE `team` DROP CONSTRAINT `high`;
-- Modify "club" table
ALTER TABLE `club` DROP CHECK `low`, ADD CONSTRAINT `high` CHECK (`size` > 0);
-- Modify "team" table
ALTER TABLE `team` ADD CONSTRAINT `low` CHECK (`size` < 9);
