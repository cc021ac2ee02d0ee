-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = OFF);
-- Modify "users" table
BEGIN
  DECLARE @drop_11b64352 nvarchar(MAX) = N'ALTER TABLE [dbo].[users] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[users]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[users]'), N'age', 'ColumnId')));
  EXEC (@drop_11b64352);
END;
-- Modify "users_history" table
BEGIN
  DECLARE @drop_74b40be5 nvarchar(MAX) = N'ALTER TABLE [dbo].[users_history] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[users_history]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[users_history]'), N'email', 'ColumnId')));
  EXEC (@drop_74b40be5);
END;
-- Modify "users_history" table
BEGIN
  DECLARE @drop_35b091aa nvarchar(MAX) = N'ALTER TABLE [dbo].[users_history] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[users_history]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[users_history]'), N'age', 'ColumnId')));
  EXEC (@drop_35b091aa);
END;
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP COLUMN [email], [age];
-- Modify "users_history" table
ALTER TABLE [dbo].[users_history] DROP COLUMN [email];
-- Modify "users_history" table
ALTER TABLE [dbo].[users_history] DROP COLUMN [age];
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[users_history]));
