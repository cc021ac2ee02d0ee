-- Modify "member" table
ALTER TABLE [dbo].[member] DROP CONSTRAINT [fk_member_team];
