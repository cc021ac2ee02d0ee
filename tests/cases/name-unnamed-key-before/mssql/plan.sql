-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [first_id] int NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD FOREIGN KEY ([first_id]) REFERENCES [dbo].[box] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
