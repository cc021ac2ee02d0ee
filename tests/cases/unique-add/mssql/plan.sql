-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [uq_item_code] UNIQUE NONCLUSTERED ([code] ASC);
