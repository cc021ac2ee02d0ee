-- Rename the history of "users" table
EXEC sp_rename N'[dbo].[users_history]', N'users_past', N'OBJECT';
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = OFF);
-- Modify "users_past" table
BEGIN
  DECLARE @drop_e41fadca nvarchar(MAX) = N'ALTER TABLE [dbo].[users_past] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[users_past]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[users_past]'), N'age', 'ColumnId')));
  EXEC (@drop_e41fadca);
END;
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP COLUMN [age];
-- Modify "users_past" table
ALTER TABLE [dbo].[users_past] DROP COLUMN [age];
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [email] nvarchar(100) NULL;
-- Modify "users_past" table
ALTER TABLE [dbo].[users_past] ADD [email] nvarchar(100) NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[users_past], HISTORY_RETENTION_PERIOD = 2 WEEKS));
