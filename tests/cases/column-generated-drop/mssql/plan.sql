-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [new_gross] int NULL;
-- Keep the values of "gross" column of "item" table
EXEC (N'UPDATE [dbo].[item] SET [new_gross] = [gross]');
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [gross];
-- Rename a column from "new_gross" to "gross"
EXEC sp_rename N'[dbo].[item].[new_gross]', N'gross', N'COLUMN';
