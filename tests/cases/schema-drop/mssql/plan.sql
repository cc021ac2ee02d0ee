-- Drop "order" table
DROP TABLE [sales].[order];
-- Drop schema named "sales"
DROP SCHEMA [sales];
