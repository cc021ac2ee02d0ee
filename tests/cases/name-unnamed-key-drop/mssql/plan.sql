-- Modify "item" table
BEGIN
  DECLARE @drop_e102135a nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [k].[name] FROM sys.foreign_keys [k] WHERE [k].[is_system_named] = 1 AND [k].[parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [k].[referenced_object_id] = OBJECT_ID(N'[dbo].[box]') AND EXISTS (SELECT 1 FROM sys.foreign_key_columns [x] WHERE [x].[constraint_object_id] = [k].[object_id] AND [x].[parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'box_id', 'ColumnId')) AND NOT EXISTS (SELECT 1 FROM sys.foreign_key_columns [x] WHERE [x].[constraint_object_id] = [k].[object_id] AND [x].[parent_column_id] NOT IN (COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'box_id', 'ColumnId')))));
  EXEC (@drop_e102135a);
END;
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [box_id];
