-- Modify "item" table
BEGIN
  DECLARE @drop_a975d668 nvarchar(MAX) = N'ALTER TABLE [item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[item]'), N'name', 'ColumnId')));
  EXEC (@drop_a975d668);
END;
-- Modify "item" table
ALTER TABLE [item] ALTER COLUMN [name] nvarchar(80) NOT NULL;
-- Set comment to table: "item"
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'things', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item';
