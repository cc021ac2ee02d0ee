-- Modify "node" table
ALTER TABLE [dbo].[node] DROP CONSTRAINT [one];
-- Drop index "ix_a" from table: "node"
DROP INDEX [ix_a] ON [dbo].[node];
-- Drop index "ix_b" from table: "node"
DROP INDEX [ix_b] ON [dbo].[node];
-- Modify "node" table
ALTER TABLE [dbo].[node] DROP CONSTRAINT [two];
-- Rename a constraint from "three" to "four"
EXEC sp_rename N'[dbo].[three]', N'four', N'OBJECT';
-- Modify "node" table
ALTER TABLE [dbo].[node] ADD CONSTRAINT [three] CHECK ([rank] > 0);
-- Create index "ix_a" to table: "node"
CREATE NONCLUSTERED INDEX [ix_a] ON [dbo].[node] ([parent] ASC);
-- Create index "ix_b" to table: "node"
CREATE NONCLUSTERED INDEX [ix_b] ON [dbo].[node] ([rank] ASC);
-- Modify "node" table
ALTER TABLE [dbo].[node] ADD CONSTRAINT [two] FOREIGN KEY ([parent]) REFERENCES [dbo].[node] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
