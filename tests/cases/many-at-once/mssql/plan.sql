-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] DROP CONSTRAINT [fk_invoice_customer];
-- Modify "customer" table
ALTER TABLE [dbo].[customer] DROP CONSTRAINT [uq_customer_name];
-- Modify "customer" table
ALTER TABLE [dbo].[customer] DROP COLUMN [fax];
-- Modify "customer" table
ALTER TABLE [dbo].[customer] ALTER COLUMN [name] varchar(80) NOT NULL;
-- Fill "joined" column of "customer" table where it is NULL
UPDATE [dbo].[customer] SET [joined] = '2000-01-01' WHERE [joined] IS NULL;
-- Modify "customer" table
ALTER TABLE [dbo].[customer] ALTER COLUMN [joined] date NOT NULL;
-- Modify "customer" table
ALTER TABLE [dbo].[customer] ADD [email] varchar(120) NOT NULL DEFAULT '';
-- Modify "customer" table
ALTER TABLE [dbo].[customer] ADD DEFAULT '2000-01-01' FOR [joined];
-- Create index "ix_customer_email" to table: "customer"
CREATE NONCLUSTERED INDEX [ix_customer_email] ON [dbo].[customer] ([email] ASC);
-- Drop index "ix_invoice_state" from table: "invoice"
DROP INDEX [ix_invoice_state] ON [dbo].[invoice];
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] DROP CONSTRAINT [ck_invoice_total];
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] DROP COLUMN [state];
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] ALTER COLUMN [customer_id] int NOT NULL;
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] ALTER COLUMN [total] numeric(12,2) NOT NULL;
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] ADD [paid] bit NOT NULL DEFAULT 0;
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] ADD CONSTRAINT [ck_invoice_total] CHECK (total > -1);
-- Create index "ix_invoice_customer_id" to table: "invoice"
CREATE NONCLUSTERED INDEX [ix_invoice_customer_id] ON [dbo].[invoice] ([customer_id] ASC);
-- Create "line" table
CREATE TABLE [dbo].[line] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [invoice_id] int NOT NULL,
  [text] varchar(MAX) NULL,
  CONSTRAINT [PK_line] PRIMARY KEY CLUSTERED ([id] ASC),
  CONSTRAINT [fk_line_invoice] FOREIGN KEY ([invoice_id]) REFERENCES [dbo].[invoice] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Modify "invoice" table
ALTER TABLE [dbo].[invoice] ADD CONSTRAINT [fk_invoice_customer] FOREIGN KEY ([customer_id]) REFERENCES [dbo].[customer] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE;
-- Drop "fax_log" table
DROP TABLE [dbo].[fax_log];
