-- Modify "order_no" sequence
DROP SEQUENCE [dbo].[order_no];
-- Modify "order_no" sequence
CREATE SEQUENCE [dbo].[order_no] AS bigint START WITH 1 INCREMENT BY 2 MINVALUE 1 MAXVALUE 5000 CYCLE CACHE 7;
