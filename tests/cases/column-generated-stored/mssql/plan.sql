-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [b] ADD PERSISTED;
