-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = OFF);
-- Fill "age" column of "users" table where it is NULL
UPDATE [dbo].[users] SET [age] = 18 WHERE [age] IS NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [age] int NOT NULL;
-- Modify "users_history" table
EXEC (N'UPDATE [dbo].[users_history] SET [age] = 18 WHERE [age] IS NULL');
-- Modify "users_history" table
ALTER TABLE [dbo].[users_history] ALTER COLUMN [age] int NOT NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[users_history]));
