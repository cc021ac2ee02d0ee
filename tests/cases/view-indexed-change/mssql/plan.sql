-- Drop "totals" view
DROP VIEW [dbo].[totals];
-- Modify "orders" table
ALTER TABLE [dbo].[orders] ALTER COLUMN [total] numeric(14,2) NOT NULL;
-- Create "totals" view
EXEC (N'CREATE VIEW [dbo].[totals] WITH SCHEMABINDING AS SELECT customer, SUM(total) AS total, COUNT_BIG(*) AS n FROM dbo.orders GROUP BY customer');
-- Modify "totals" view
CREATE UNIQUE CLUSTERED INDEX [ux_totals] ON [dbo].[totals] ([customer] ASC);
-- Modify "totals" view
CREATE NONCLUSTERED INDEX [ix_sums] ON [dbo].[totals] ([total] ASC) INCLUDE ([n]);
