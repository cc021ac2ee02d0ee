-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [valid_from] datetime2(7) GENERATED ALWAYS AS ROW START HIDDEN NOT NULL CONSTRAINT [DF_users_valid_from] DEFAULT SYSUTCDATETIME(), [valid_to] datetime2(7) GENERATED ALWAYS AS ROW END HIDDEN NOT NULL CONSTRAINT [DF_users_valid_to] DEFAULT '9999-12-31 23:59:59.9999999', PERIOD FOR SYSTEM_TIME ([valid_from], [valid_to]);
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [DF_users_valid_from];
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [DF_users_valid_to];
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[users_history], HISTORY_RETENTION_PERIOD = 6 MONTHS));
