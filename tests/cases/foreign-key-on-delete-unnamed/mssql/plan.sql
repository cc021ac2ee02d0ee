-- Modify "member" table
BEGIN
  DECLARE @drop_1ccc12ed nvarchar(MAX) = N'ALTER TABLE [dbo].[member] DROP CONSTRAINT ' + QUOTENAME((SELECT [k].[name] FROM sys.foreign_keys [k] WHERE [k].[is_system_named] = 1 AND [k].[parent_object_id] = OBJECT_ID(N'[dbo].[member]') AND [k].[referenced_object_id] = OBJECT_ID(N'[dbo].[team]') AND EXISTS (SELECT 1 FROM sys.foreign_key_columns [x] WHERE [x].[constraint_object_id] = [k].[object_id] AND [x].[parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[member]'), N'team_id', 'ColumnId')) AND NOT EXISTS (SELECT 1 FROM sys.foreign_key_columns [x] WHERE [x].[constraint_object_id] = [k].[object_id] AND [x].[parent_column_id] NOT IN (COLUMNPROPERTY(OBJECT_ID(N'[dbo].[member]'), N'team_id', 'ColumnId')))));
  EXEC (@drop_1ccc12ed);
END;
-- Modify "member" table
ALTER TABLE [dbo].[member] ADD FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE SET NULL;
