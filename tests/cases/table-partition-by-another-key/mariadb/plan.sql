-- Modify "elk" table
ALTER TABLE `elk` REMOVE PARTITIONING;
-- Modify "elk" table
ALTER TABLE `elk` DROP PRIMARY KEY, ADD PRIMARY KEY (`herd`);
-- Modify "elk" table
ALTER TABLE `elk` PARTITION BY HASH (`herd`) PARTITIONS 2;
