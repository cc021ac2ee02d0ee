-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [created] datetime2(7) NOT NULL DEFAULT CURRENT_TIMESTAMP;
