-- Drop the history of "items" table
BEGIN
  DECLARE @drop_2eec4bde nvarchar(MAX) = N'DROP TABLE ' + (SELECT QUOTENAME(OBJECT_SCHEMA_NAME([history_table_id])) + N'.' + QUOTENAME(OBJECT_NAME([history_table_id])) FROM sys.tables WHERE [object_id] = OBJECT_ID(N'[dbo].[items]'));
  ALTER TABLE [dbo].[items] SET (SYSTEM_VERSIONING = OFF);
  EXEC (@drop_2eec4bde);
END;
-- Drop "items" table
DROP TABLE [dbo].[items];
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = OFF);
-- Drop the history of "users" table
DROP TABLE [dbo].[users_history];
-- Drop "users" table
DROP TABLE [dbo].[users];
