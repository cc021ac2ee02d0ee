-- Create index "ux_totals" to table: "totals"
CREATE UNIQUE CLUSTERED INDEX [ux_totals] ON [dbo].[totals] ([customer] ASC);
-- Create index "ix_totals" to table: "totals"
CREATE NONCLUSTERED INDEX [ix_totals] ON [dbo].[totals] ([n] ASC);
