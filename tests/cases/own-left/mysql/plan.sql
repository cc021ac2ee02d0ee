-- Modify "crate" table
ALTER TABLE `crate` ADD COLUMN `weight` int NULL;
-- Drop "pallet" table
DROP TABLE `pallet`;
