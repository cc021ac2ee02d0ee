-- Rename a type from "phone" to "old_phone"
EXEC sp_rename N'[dbo].[phone]', N'old_phone', N'USERDATATYPE';
-- Create "phone" type
CREATE TYPE [dbo].[phone] FROM varchar(40) NOT NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [number] [dbo].[phone] NOT NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [other] [dbo].[phone] NULL;
-- Drop "old_phone" type
DROP TYPE [dbo].[old_phone];
