-- Modify "user_account" table
ALTER TABLE [dbo].[user_account] ADD [age] int NULL;
