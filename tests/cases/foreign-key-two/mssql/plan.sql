-- Modify "member" table
ALTER TABLE [dbo].[member] ADD CONSTRAINT [fk_b] FOREIGN KEY ([team_id]) REFERENCES [dbo].[club] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
