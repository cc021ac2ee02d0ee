-- Modify "item" table
BEGIN
  DECLARE @drop_25fb1ec9 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'qty', 'ColumnId')));
  EXEC (@drop_25fb1ec9);
END;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [qty] int NOT NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT '2' FOR [qty];
