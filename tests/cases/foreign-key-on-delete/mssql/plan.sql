-- Modify "member" table
ALTER TABLE [dbo].[member] DROP CONSTRAINT [fk_member_team];
-- Modify "member" table
ALTER TABLE [dbo].[member] ADD CONSTRAINT [fk_member_team] FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE;
