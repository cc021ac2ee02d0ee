-- Drop the history of "users" table
BEGIN
  DECLARE @drop_e8c80bba nvarchar(MAX) = N'DROP TABLE ' + (SELECT QUOTENAME(OBJECT_SCHEMA_NAME([history_table_id])) + N'.' + QUOTENAME(OBJECT_NAME([history_table_id])) FROM sys.tables WHERE [object_id] = OBJECT_ID(N'[dbo].[users]'));
  ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = OFF);
  EXEC (@drop_e8c80bba);
END;
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP PERIOD FOR SYSTEM_TIME;
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP COLUMN [valid_from], [valid_to];
