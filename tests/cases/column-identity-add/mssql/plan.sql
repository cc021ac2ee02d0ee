-- Modify "part" table
ALTER TABLE [dbo].[part] DROP CONSTRAINT [fk_part_item];
-- Create "new_item" table
CREATE TABLE [dbo].[new_item] (
  [id] int IDENTITY (10, 5) NOT NULL,
  [name] varchar(30) NOT NULL
);
-- Keep the numbers of rows that are copied: on
SET IDENTITY_INSERT [dbo].[new_item] ON;
-- Copy rows from old table "item" to new temporary table "new_item"
INSERT INTO [dbo].[new_item] ([id], [name]) SELECT [id], [name] FROM [dbo].[item];
-- Keep the numbers of rows that are copied: off
SET IDENTITY_INSERT [dbo].[new_item] OFF;
-- Drop "item" table after copying rows
DROP TABLE [dbo].[item];
-- Rename temporary table "new_item" to "item"
EXEC sp_rename N'[dbo].[new_item]', N'item', N'OBJECT';
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [pk_item] PRIMARY KEY CLUSTERED ([id] ASC), CONSTRAINT [uq_item] UNIQUE NONCLUSTERED ([name] ASC), DEFAULT 'x' FOR [name];
-- Create index "ix_item_name" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_name] ON [dbo].[item] ([name] ASC);
-- Modify "part" table
ALTER TABLE [dbo].[part] ADD CONSTRAINT [fk_part_item] FOREIGN KEY ([item_id]) REFERENCES [dbo].[item] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
