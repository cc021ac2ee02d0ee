-- Modify "item" table
BEGIN
  DECLARE @drop nvarchar(MAX) = N'ALTER TABLE [dbo].[item] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.check_constraints WHERE [is_system_named] = 1 AND [parent_object_id] = OBJECT_ID(N'[dbo].[item]')));
  EXEC (@drop);
END;
