-- Create sequence "order_no"
CREATE SEQUENCE "public"."order_no" START WITH 100;
-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "no" bigint NOT NULL DEFAULT nextval('public.order_no'::regclass);
