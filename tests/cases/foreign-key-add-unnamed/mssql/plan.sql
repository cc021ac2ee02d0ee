-- Modify "member" table
ALTER TABLE [dbo].[member] ADD FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
