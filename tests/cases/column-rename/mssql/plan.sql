-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [colour];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [color] varchar(20) NULL;
