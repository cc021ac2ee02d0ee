-- Drop "order_no" sequence
DROP SEQUENCE [dbo].[order_no];
