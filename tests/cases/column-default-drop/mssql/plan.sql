-- Modify "item" table
BEGIN
  DECLARE @drop_25fb1ec9 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'qty', 'ColumnId')));
  EXEC (@drop_25fb1ec9);
END;
-- Modify "item" table
BEGIN
  DECLARE @drop_654d2287 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'kind', 'ColumnId')));
  EXEC (@drop_654d2287);
END;
