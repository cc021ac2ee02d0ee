-- Create "place" composite type
CREATE TYPE "public"."place" AS (
  "street" text,
  "number" integer
);
-- Create "email" domain
CREATE DOMAIN public.email AS character varying(80) CONSTRAINT email_form CHECK (((VALUE)::text ~~ '%@%'::text));
-- Create "spans" range type
CREATE TYPE public.spans AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = public.spans_multirange);
-- Modify "users" table
ALTER TABLE "public"."users" ADD COLUMN "other" "public"."email" NULL, ADD COLUMN "home" "public"."place" NULL, ADD COLUMN "active" "public"."spans" NULL;
-- Create "teams" table
CREATE TABLE "public"."teams" (
  "id" integer NOT NULL,
  "contact" "public"."email" NOT NULL,
  PRIMARY KEY ("id")
);
