-- Modify "active_users" view
EXEC (N'CREATE OR ALTER VIEW [dbo].[active_users] AS
SELECT email, id AS user_id FROM users WHERE active = 1 OR email = ''a''''b''');
