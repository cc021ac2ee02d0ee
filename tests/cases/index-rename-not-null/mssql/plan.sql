-- Drop index "ix_code" from table: "item"
DROP INDEX [ix_code] ON [dbo].[item];
-- Drop index "ix_item" from table: "item"
DROP INDEX [ix_item] ON [dbo].[item];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_number];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_part];
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [code] varchar(60) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [number] bigint NOT NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [part] bigint NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [uq_item_number] UNIQUE NONCLUSTERED ([number] ASC);
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_item_part] CHECK ([part] > 0);
-- Create index "ix_item_code" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_code] ON [dbo].[item] ([id] ASC) INCLUDE ([code]);
-- Create index "ix_item_number" to table: "item"
CREATE UNIQUE NONCLUSTERED INDEX [ix_item_number] ON [dbo].[item] ([number] ASC);
