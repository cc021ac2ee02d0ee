-- Modify "item" table
BEGIN
  DECLARE @drop_6ae81e0a nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.key_constraints WHERE [type] = 'PK' AND [parent_object_id] = OBJECT_ID(N'[dbo].[item]')));
  EXEC (@drop_6ae81e0a);
END;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [code] varchar(10) NOT NULL, [qty] int NOT NULL DEFAULT '0';
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [id], [name];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [PK_item] PRIMARY KEY CLUSTERED ([code] ASC);
