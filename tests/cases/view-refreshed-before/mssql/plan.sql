-- Modify "orders" table
ALTER TABLE [dbo].[orders] ADD [tax] int NULL;
-- Refresh "all_orders" view
EXEC sp_refreshview N'[dbo].[all_orders]';
-- Modify "open_orders" view
EXEC (N'CREATE OR ALTER VIEW [dbo].[open_orders] AS SELECT id, tax FROM all_orders WHERE status = ''open''');
