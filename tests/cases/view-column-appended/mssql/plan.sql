-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [nick] varchar(20) NULL;
-- Modify "user_list" view
EXEC (N'CREATE OR ALTER VIEW [dbo].[user_list] AS SELECT id, email, nick FROM users WHERE id > 1');
