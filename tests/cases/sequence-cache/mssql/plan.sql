-- Modify "s" sequence
ALTER SEQUENCE [dbo].[s] INCREMENT BY 1 CACHE 10;
