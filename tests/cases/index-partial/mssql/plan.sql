-- Create index "ix_item_b" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_b] ON [dbo].[item] ([b] ASC) WHERE a IS NOT NULL AND b > 10;
-- Create index "uq_item_c" to table: "item"
CREATE UNIQUE NONCLUSTERED INDEX [uq_item_c] ON [dbo].[item] ([c] ASC) WHERE a <> 'it''s';
