-- Set comment to constraint: "ck_item_id" on table: "item"
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'never zero', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'item', @level2type = N'CONSTRAINT', @level2name = N'ck_item_id';
