-- Add new schema named "sales"
EXEC (N'CREATE SCHEMA [sales]');
-- Create "order" table
CREATE TABLE [sales].[order] (
  [id] int IDENTITY (1, 1) NOT NULL,
  CONSTRAINT [PK_order] PRIMARY KEY CLUSTERED ([id] ASC)
);
