-- Drop "b" view
DROP VIEW [dbo].[b];
-- Create "b" view
EXEC (N'CREATE VIEW [dbo].[b] WITH SCHEMABINDING AS SELECT id, email FROM dbo.users');
-- Drop "a" view
DROP VIEW [dbo].[a];
-- Drop "orders" table
DROP TABLE [dbo].[orders];
