-- Drop "emails" view
DROP VIEW [dbo].[emails];
-- Drop "user_list" view
DROP VIEW [dbo].[user_list];
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [email] nvarchar(80) NOT NULL;
-- Create "user_list" view
EXEC (N'CREATE VIEW [dbo].[user_list] WITH SCHEMABINDING AS SELECT id, email FROM dbo.users');
-- Create "emails" view
EXEC (N'CREATE VIEW [dbo].[emails] WITH SCHEMABINDING AS SELECT email FROM dbo.user_list');
