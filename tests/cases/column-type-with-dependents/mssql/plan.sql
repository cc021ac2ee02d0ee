-- Modify "part" table
ALTER TABLE [dbo].[part] DROP CONSTRAINT [fk_part_item];
-- Drop index "ix_item_qty" from table: "item"
DROP INDEX [ix_item_qty] ON [dbo].[item];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_item_qty];
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [code] varchar(50) NOT NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [qty] bigint NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_item_qty] CHECK (qty > 0);
-- Create index "ix_item_qty" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_qty] ON [dbo].[item] ([qty] ASC);
-- Modify "part" table
ALTER TABLE [dbo].[part] ALTER COLUMN [item_code] varchar(50) NULL;
-- Modify "part" table
ALTER TABLE [dbo].[part] ADD CONSTRAINT [fk_part_item] FOREIGN KEY ([item_code]) REFERENCES [dbo].[item] ([code]) ON UPDATE NO ACTION ON DELETE NO ACTION;
