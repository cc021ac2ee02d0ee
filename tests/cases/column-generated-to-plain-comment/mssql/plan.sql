-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [new_lower_name] nvarchar(30) NULL;
-- Keep the values of "lower_name" column of "item" table
EXEC (N'UPDATE [dbo].[item] SET [new_lower_name] = [lower_name]');
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [lower_name];
-- Rename a column from "new_lower_name" to "lower_name"
EXEC sp_rename N'[dbo].[item].[new_lower_name]', N'lower_name', N'COLUMN';
-- Set comment to column: "lower_name" on table: "item"
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'for look-ups', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item', @level2type = N'COLUMN', @level2name = N'lower_name';
