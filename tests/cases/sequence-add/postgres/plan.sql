-- Create sequence "order_no"
CREATE SEQUENCE "public"."order_no" START WITH 100 INCREMENT BY 5 CACHE 10;
