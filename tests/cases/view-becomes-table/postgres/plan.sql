-- Drop "v" view
DROP VIEW "public"."v";
-- Create "v" table
CREATE TABLE "public"."v" (
  "id" integer NOT NULL,
  PRIMARY KEY ("id")
);
-- Drop "w" table
DROP TABLE "public"."w";
-- Create "w" view
CREATE VIEW "public"."w" AS
 SELECT t.a
   FROM public.t;
