-- Rename a type from "key_of_user" to "old_key_of_user"
EXEC sp_rename N'[dbo].[key_of_user]', N'old_key_of_user', N'USERDATATYPE';
-- Create "key_of_user" type
CREATE TYPE [dbo].[key_of_user] FROM bigint NOT NULL;
-- Modify "notes" table
ALTER TABLE [dbo].[notes] DROP CONSTRAINT [fk_user];
-- Drop index "ix_user" from table: "notes"
DROP INDEX [ix_user] ON [dbo].[notes];
-- Modify "notes" table
ALTER TABLE [dbo].[notes] DROP CONSTRAINT [df_user];
-- Modify "notes" table
ALTER TABLE [dbo].[notes] ALTER COLUMN [user_id] [dbo].[key_of_user] NULL;
-- Modify "notes" table
ALTER TABLE [dbo].[notes] ADD CONSTRAINT [df_user] DEFAULT 1 FOR [user_id];
-- Create index "ix_user" to table: "notes"
CREATE NONCLUSTERED INDEX [ix_user] ON [dbo].[notes] ([user_id] ASC);
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [pk_users];
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [ck_id];
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [id] [dbo].[key_of_user] NOT NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [name] nvarchar(80) NULL;
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [pk_users] PRIMARY KEY CLUSTERED ([id] ASC);
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [ck_id] CHECK ([id] > 0);
-- Modify "notes" table
ALTER TABLE [dbo].[notes] ADD CONSTRAINT [fk_user] FOREIGN KEY ([user_id]) REFERENCES [dbo].[users] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
-- Drop "old_key_of_user" type
DROP TYPE [dbo].[old_key_of_user];
