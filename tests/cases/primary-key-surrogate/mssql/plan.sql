-- Modify "tag" table
BEGIN
  DECLARE @drop_d7c8bda7 nvarchar(MAX) = N'ALTER TABLE [dbo].[tag] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.key_constraints WHERE [type] = 'PK' AND [parent_object_id] = OBJECT_ID(N'[dbo].[tag]')));
  EXEC (@drop_d7c8bda7);
END;
-- Modify "tag" table
ALTER TABLE [dbo].[tag] ADD [id] int IDENTITY (1, 1) NOT NULL;
-- Modify "tag" table
ALTER TABLE [dbo].[tag] ADD CONSTRAINT [PK_tag] PRIMARY KEY CLUSTERED ([id] ASC);
-- Modify "tag" table
ALTER TABLE [dbo].[tag] ADD CONSTRAINT [uq_tag_label] UNIQUE NONCLUSTERED ([label] ASC);
