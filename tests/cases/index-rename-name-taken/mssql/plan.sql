-- Drop index "n3" from table: "item"
DROP INDEX [n3] ON [dbo].[item];
-- Rename an index from "n1" to "n2"
EXEC sp_rename N'[dbo].[item].[n1]', N'n2', N'INDEX';
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [n1] UNIQUE NONCLUSTERED ([code] ASC, [qty] ASC);
-- Create index "n3" to table: "item"
CREATE NONCLUSTERED INDEX [n3] ON [dbo].[item] ([id] ASC, [qty] ASC);
-- Create index "n4" to table: "item"
CREATE NONCLUSTERED INDEX [n4] ON [dbo].[item] ([qty] ASC);
