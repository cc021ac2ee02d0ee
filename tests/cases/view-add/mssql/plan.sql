-- Create "active_users" view
EXEC (N'CREATE VIEW [dbo].[active_users] AS SELECT id, email FROM users WHERE active = 1');
