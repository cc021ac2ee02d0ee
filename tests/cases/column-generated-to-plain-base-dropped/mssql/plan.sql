-- Modify "t" table
ALTER TABLE [dbo].[t] ADD [new_b] int NULL;
-- Keep the values of "b" column of "t" table
EXEC (N'UPDATE [dbo].[t] SET [new_b] = [b]');
-- Modify "t" table
ALTER TABLE [dbo].[t] DROP COLUMN [b];
-- Rename a column from "new_b" to "b"
EXEC sp_rename N'[dbo].[t].[new_b]', N'b', N'COLUMN';
-- Modify "t" table
ALTER TABLE [dbo].[t] DROP COLUMN [a];
