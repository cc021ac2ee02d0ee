-- Modify "item" table
BEGIN
  DECLARE @drop_e29cc84b nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'b', 'ColumnId')));
  EXEC (@drop_e29cc84b);
END;
-- Rename a constraint from "DF_item_a" to "DF_a"
EXEC sp_rename N'[dbo].[DF_item_a]', N'DF_a', N'OBJECT';
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [DF_item_b] DEFAULT 2 FOR [b];
