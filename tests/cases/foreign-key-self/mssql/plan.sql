-- Modify "node" table
ALTER TABLE [dbo].[node] ADD CONSTRAINT [fk_node_parent] FOREIGN KEY ([parent_id]) REFERENCES [dbo].[node] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
