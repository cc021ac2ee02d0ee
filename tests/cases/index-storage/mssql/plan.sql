-- Drop index "ix_a" from table: "item"
DROP INDEX [ix_a] ON [dbo].[item];
-- Create index "ix_a" to table: "item"
CREATE NONCLUSTERED INDEX [ix_a] ON [dbo].[item] ([a] ASC) WITH (FILLFACTOR = 80, PAD_INDEX = ON);
