-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [email] varchar(200) NOT NULL;
-- Refresh "everything" view
EXEC sp_refreshview N'[dbo].[everything]';
-- Refresh "user_list" view
EXEC sp_refreshview N'[dbo].[user_list]';
-- Refresh "a_emails" view
EXEC sp_refreshview N'[dbo].[a_emails]';
