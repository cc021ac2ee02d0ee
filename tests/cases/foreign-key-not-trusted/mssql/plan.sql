-- Modify "item" table
ALTER TABLE [dbo].[item] WITH NOCHECK ADD CONSTRAINT [fk_item_team] FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
