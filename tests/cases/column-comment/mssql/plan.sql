-- Set comment to column: "gains" on table: "item"
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'It''s 100%: "new" \
 second line', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item', @level2type = N'COLUMN', @level2name = N'gains';
-- Set comment to column: "changes" on table: "item"
EXEC sp_updateextendedproperty @name = N'MS_Description', @value = N'new', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item', @level2type = N'COLUMN', @level2name = N'changes';
-- Set comment to column: "loses" on table: "item"
EXEC sp_dropextendedproperty @name = N'MS_Description', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item', @level2type = N'COLUMN', @level2name = N'loses';
