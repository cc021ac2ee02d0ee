-- Modify "elk" table
ALTER TABLE `elk` REMOVE PARTITIONING;
-- Modify "elk" table
ALTER TABLE `elk` ADD UNIQUE INDEX `tag` (`tag`);
