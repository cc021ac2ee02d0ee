-- Modify "users" table
ALTER TABLE [dbo].[users] DROP COLUMN [active];
-- Modify "user_list" view
EXEC (N'CREATE OR ALTER VIEW [dbo].[user_list] AS SELECT id, email FROM users');
