-- Create "order_no" sequence
CREATE SEQUENCE [dbo].[order_no] AS bigint START WITH 100 INCREMENT BY 5 CACHE 10;
