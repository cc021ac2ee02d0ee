-- Modify "salary" table
ALTER TABLE `salary` ADD COLUMN `row_start` timestamp(6) GENERATED ALWAYS AS ROW START, ADD COLUMN `row_end` timestamp(6) GENERATED ALWAYS AS ROW END INVISIBLE, ADD PERIOD FOR SYSTEM_TIME (`row_start`, `row_end`), ADD SYSTEM VERSIONING;
