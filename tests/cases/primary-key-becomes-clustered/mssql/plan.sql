-- Modify "item" table
BEGIN
  DECLARE @drop_6ae81e0a nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.key_constraints WHERE [type] = 'PK' AND [parent_object_id] = OBJECT_ID(N'[dbo].[item]')));
  EXEC (@drop_6ae81e0a);
END;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [PK_item] PRIMARY KEY CLUSTERED ([id] ASC);
