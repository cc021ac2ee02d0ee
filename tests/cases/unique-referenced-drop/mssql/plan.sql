-- Modify "part" table
ALTER TABLE [dbo].[part] DROP CONSTRAINT [fk_part_item];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_item_code];
