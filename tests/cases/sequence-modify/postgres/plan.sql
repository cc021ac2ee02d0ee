-- Modify sequence "order_no"
ALTER SEQUENCE "public"."order_no" START WITH 1 INCREMENT BY 2 MAXVALUE 5000 CACHE 7 CYCLE;
