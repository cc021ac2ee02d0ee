-- Modify "item" table
BEGIN
  DECLARE @drop_30bbdc41 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'no', 'ColumnId')));
  EXEC (@drop_30bbdc41);
END;
-- Modify "note" table
ALTER TABLE [dbo].[note] DROP CONSTRAINT [note_no];
-- Modify "order_no" sequence
DROP SEQUENCE [dbo].[order_no];
-- Modify "order_no" sequence
CREATE SEQUENCE [dbo].[order_no] AS bigint START WITH 100 INCREMENT BY 1;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT NEXT VALUE FOR order_no FOR [no];
-- Modify "note" table
ALTER TABLE [dbo].[note] ADD CONSTRAINT [note_no] DEFAULT NEXT VALUE FOR dbo.order_no FOR [no];
-- Modify "item" table
BEGIN
  DECLARE @drop_7fca09f6 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[item]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[item]'), N'no', 'ColumnId')));
  EXEC (@drop_7fca09f6);
END;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [no] bigint NOT NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT NEXT VALUE FOR order_no FOR [no];
