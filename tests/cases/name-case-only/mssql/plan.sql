-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [name] nvarchar(100) NULL;
