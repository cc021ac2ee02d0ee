-- Create "new_item" table
CREATE TABLE [dbo].[new_item] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [qty] int NULL,
  [kind] varchar(10) NOT NULL,
  [note] varchar(10) NULL
);
-- Keep the numbers of rows that are copied: on
SET IDENTITY_INSERT [dbo].[new_item] ON;
-- Copy rows from old table "item" to new temporary table "new_item"
INSERT INTO [dbo].[new_item] ([id], [qty], [kind]) SELECT [id], [qty], 'plain' FROM [dbo].[item];
-- Keep the numbers of rows that are copied: off
SET IDENTITY_INSERT [dbo].[new_item] OFF;
-- Drop "item" table after copying rows
DROP TABLE [dbo].[item];
-- Rename temporary table "new_item" to "item"
EXEC sp_rename N'[dbo].[new_item]', N'item', N'OBJECT';
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [pk_item] PRIMARY KEY CLUSTERED ([id] ASC), DEFAULT 'plain' FOR [kind], DEFAULT 'none' FOR [note];
