-- Create "orders" table
CREATE TABLE [dbo].[orders] (
  [id] int NOT NULL,
  [total] int NOT NULL,
  CONSTRAINT [PK_orders] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Create "z_orders" view
EXEC (N'CREATE VIEW [dbo].[z_orders] AS SELECT id, total AS users FROM orders');
-- Create "a_orders" view
EXEC (N'CREATE VIEW [dbo].[a_orders] AS SELECT z.id FROM Z_Orders z');
