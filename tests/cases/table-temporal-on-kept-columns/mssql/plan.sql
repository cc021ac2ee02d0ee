-- Modify "users" table
ALTER TABLE [dbo].[users] ADD PERIOD FOR SYSTEM_TIME ([valid_from], [valid_to]);
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [valid_from] ADD HIDDEN;
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [valid_to] ADD HIDDEN;
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[users_history]));
