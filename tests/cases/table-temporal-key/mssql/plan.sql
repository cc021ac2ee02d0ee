-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = OFF);
-- Modify "users" table
ALTER TABLE [dbo].[users] DROP CONSTRAINT [pk_users];
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [pk_users] PRIMARY KEY CLUSTERED ([id] ASC, [code] ASC);
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [uq_name] UNIQUE NONCLUSTERED ([name] ASC);
-- Modify "users" table
ALTER TABLE [dbo].[users] SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[users_history]));
