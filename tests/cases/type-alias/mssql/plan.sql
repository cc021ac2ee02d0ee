-- Create "phone" type
CREATE TYPE [dbo].[phone] FROM varchar(20) NOT NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [number] [dbo].[phone] NOT NULL;
