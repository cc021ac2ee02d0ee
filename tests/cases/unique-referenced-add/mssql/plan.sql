-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [uq_item_code] UNIQUE NONCLUSTERED ([code] ASC);
-- Modify "part" table
ALTER TABLE [dbo].[part] ADD CONSTRAINT [fk_part_item] FOREIGN KEY ([code]) REFERENCES [dbo].[item] ([code]) ON UPDATE NO ACTION ON DELETE NO ACTION;
