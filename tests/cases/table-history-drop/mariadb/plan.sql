-- Let the history of "salary" table change with it
SET SESSION system_versioning_alter_history = KEEP;
-- Modify "salary" table
ALTER TABLE `salary` DROP COLUMN `row_start`, DROP COLUMN `row_end`, DROP PERIOD FOR SYSTEM_TIME, DROP SYSTEM VERSIONING;
-- Protect the history of "salary" table again
SET SESSION system_versioning_alter_history = DEFAULT;
