-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [note] varchar(MAX) NULL;
-- Set comment to column: "note" on table: "item"
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'what the customer said', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item', @level2type = N'COLUMN', @level2name = N'note';
