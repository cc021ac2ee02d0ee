-- Modify "slot" table
BEGIN
  DECLARE @drop_57a7a7eb nvarchar(MAX) = N'ALTER TABLE [dbo].[slot] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.key_constraints WHERE [type] = 'PK' AND [parent_object_id] = OBJECT_ID(N'[dbo].[slot]')));
  EXEC (@drop_57a7a7eb);
END;
-- Modify "slot" table
ALTER TABLE [dbo].[slot] ADD CONSTRAINT [PK_slot] PRIMARY KEY CLUSTERED ([room] ASC, [day] ASC);
