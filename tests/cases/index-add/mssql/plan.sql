-- Create index "ix_item_a" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_a] ON [dbo].[item] ([a] ASC);
-- Create index "ix_item_b_c" to table: "item"
CREATE UNIQUE NONCLUSTERED INDEX [ix_item_b_c] ON [dbo].[item] ([b] ASC, [c] ASC);
