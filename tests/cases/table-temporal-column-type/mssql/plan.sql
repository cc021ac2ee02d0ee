-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [age] bigint NULL;
