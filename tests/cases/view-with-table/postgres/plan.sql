-- Create "orders" table
CREATE TABLE "public"."orders" (
  "id" integer NOT NULL,
  "total" integer NOT NULL,
  PRIMARY KEY ("id")
);
-- Create "z_orders" view
CREATE VIEW "public"."z_orders" AS
 SELECT orders.id,
    orders.total AS users
   FROM public.orders;
-- Create "a_orders" view
CREATE VIEW "public"."a_orders" AS
 SELECT z.id
   FROM public.z_orders z;
