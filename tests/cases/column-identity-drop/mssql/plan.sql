-- Create "new_item" table
CREATE TABLE [dbo].[new_item] (
  [id] int NOT NULL,
  [a] AS (id * 2)
);
-- Copy rows from old table "item" to new temporary table "new_item"
INSERT INTO [dbo].[new_item] ([id]) SELECT [id] FROM [dbo].[item];
-- Drop "item" table after copying rows
DROP TABLE [dbo].[item];
-- Rename temporary table "new_item" to "item"
EXEC sp_rename N'[dbo].[new_item]', N'item', N'OBJECT';
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [PK_item] PRIMARY KEY CLUSTERED ([id] ASC);
