-- Modify "node" table
ALTER TABLE [dbo].[node] DROP CONSTRAINT [fk_node_parent];
