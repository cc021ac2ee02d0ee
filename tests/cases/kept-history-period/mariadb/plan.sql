-- Let the history of "salary" table change with it
SET SESSION system_versioning_alter_history = KEEP;
-- Modify "salary" table
ALTER TABLE `salary` ADD COLUMN `note` varchar(5) NULL;
-- Protect the history of "salary" table again
SET SESSION system_versioning_alter_history = DEFAULT;
