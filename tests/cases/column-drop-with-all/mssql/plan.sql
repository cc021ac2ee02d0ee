-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [fk_item_team];
-- Drop index "ix_item_name_team" from table: "item"
DROP INDEX [ix_item_name_team] ON [dbo].[item];
-- Drop index "ix_item_team_id" from table: "item"
DROP INDEX [ix_item_team_id] ON [dbo].[item];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_item_team];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_item_both];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_item_team];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [team_id];
