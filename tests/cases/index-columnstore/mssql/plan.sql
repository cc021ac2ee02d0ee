-- Create index "cs_item" to table: "item"
CREATE NONCLUSTERED COLUMNSTORE INDEX [cs_item] ON [dbo].[item] ([a], [b]);
