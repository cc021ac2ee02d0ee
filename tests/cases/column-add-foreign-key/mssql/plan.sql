-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [team_id] int NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [fk_item_team] FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE SET NULL;
