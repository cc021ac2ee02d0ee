-- Modify "notes" table
ALTER TABLE [dbo].[notes] REBUILD WITH (DATA_COMPRESSION = PAGE);
-- Modify "users" table
ALTER TABLE [dbo].[users] REBUILD WITH (DATA_COMPRESSION = PAGE);
