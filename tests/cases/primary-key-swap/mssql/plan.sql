-- Create "new_slot" table
CREATE TABLE [dbo].[new_slot] (
  [day] int NOT NULL,
  [room] int NOT NULL,
  [who] varchar(20) NOT NULL
);
-- Copy rows from old table "slot" to new temporary table "new_slot"
INSERT INTO [dbo].[new_slot] ([day], [room], [who]) SELECT [day], [room], [who] FROM [dbo].[slot];
-- Drop "slot" table after copying rows
DROP TABLE [dbo].[slot];
-- Rename temporary table "new_slot" to "slot"
EXEC sp_rename N'[dbo].[new_slot]', N'slot', N'OBJECT';
-- Modify "slot" table
ALTER TABLE [dbo].[slot] ADD CONSTRAINT [PK_slot] PRIMARY KEY CLUSTERED ([who] ASC);
