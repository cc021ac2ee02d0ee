-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [ck_email];
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [df_email];
-- Modify "users" table
BEGIN
  DECLARE @drop_807d6989 nvarchar(MAX) = N'ALTER TABLE [dbo].[users] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.default_constraints WHERE [parent_object_id] = OBJECT_ID(N'[dbo].[users]') AND [parent_column_id] = COLUMNPROPERTY(OBJECT_ID(N'[dbo].[users]'), N'nick', 'ColumnId')));
  EXEC (@drop_807d6989);
END;
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP COLUMN [short];
-- Modify "tidy" function
EXEC (N'CREATE OR ALTER FUNCTION [dbo].[tidy](@said VARCHAR(80)) RETURNS VARCHAR(80) AS BEGIN RETURN TRIM(@said); END');
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [short] AS (dbo.tidy(email));
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [df_email] DEFAULT (dbo.tidy('a')) FOR [email];
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD DEFAULT ([dbo].[Tidy]('b')) FOR [nick];
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [ck_email] CHECK (dbo.tidy(email) <> '');
