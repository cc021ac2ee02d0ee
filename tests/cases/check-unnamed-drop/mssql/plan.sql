-- Modify "item" table
BEGIN
  DECLARE @drop_dc960d45 nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.check_constraints WHERE [is_system_named] = 1 AND [parent_object_id] = OBJECT_ID(N'[dbo].[item]')));
  EXEC (@drop_dc960d45);
END;
