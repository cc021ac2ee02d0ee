-- Modify "item" table
BEGIN
  DECLARE @drop_8e3aee84 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'at', 'ColumnId')));
  EXEC (@drop_8e3aee84);
END;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT '2020-01-01 00:00:00' FOR [at];
