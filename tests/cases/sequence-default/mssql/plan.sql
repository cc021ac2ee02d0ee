-- Create "order_no" sequence
CREATE SEQUENCE [dbo].[order_no] AS bigint START WITH 100 INCREMENT BY 1;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [no] bigint NOT NULL DEFAULT NEXT VALUE FOR order_no;
