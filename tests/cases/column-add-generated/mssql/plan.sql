-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [gross] AS (price * 119 / 100) PERSISTED;
