-- Modify "member" table
ALTER TABLE [dbo].[member] DROP CONSTRAINT [fk_member];
-- Modify "member" table
ALTER TABLE [dbo].[member] ADD CONSTRAINT [fk_member] FOREIGN KEY ([team_id]) REFERENCES [dbo].[club] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
