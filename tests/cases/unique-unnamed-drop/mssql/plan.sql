-- Modify "item" table
BEGIN
  DECLARE @drop_d837ee4e nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [k].[name] FROM sys.key_constraints [k] WHERE [k].[type] = 'UQ' AND [k].[is_system_named] = 1 AND [k].[parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND EXISTS (SELECT 1 FROM sys.index_columns [x] WHERE [x].[object_id] = [k].[parent_object_id] AND [x].[index_id] = [k].[unique_index_id] AND [x].[column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'code', 'ColumnId')) AND NOT EXISTS (SELECT 1 FROM sys.index_columns [x] WHERE [x].[object_id] = [k].[parent_object_id] AND [x].[index_id] = [k].[unique_index_id] AND [x].[column_id] NOT IN (COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'code', 'ColumnId')))));
  EXEC (@drop_d837ee4e);
END;
