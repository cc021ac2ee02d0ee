-- Add column "team_id" to table: "item"
ALTER TABLE `item` ADD COLUMN `team_id` integer NULL CONSTRAINT `fk_item_team` REFERENCES `team` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL;
