-- Rename the history of "users" table
ALTER SCHEMA [past] TRANSFER [dbo].[users_history];
-- Rename the history of "users" table
EXEC sp_rename N'[past].[users_history]', N'users', N'OBJECT';
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [valid_from] ADD HIDDEN;
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [valid_to] ADD HIDDEN;
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_RETENTION_PERIOD = 1 YEARS));
