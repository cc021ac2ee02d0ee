-- Set comment to table: "changes"
EXEC sp_updateextendedproperty @name = N'MS_Description', @value = N'new
words', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'changes';
-- Set comment to table: "gains"
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'It''s 100% new: "quoted" \ done', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'gains';
-- Set comment to table: "loses"
EXEC sp_dropextendedproperty @name = N'MS_Description', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'loses';
