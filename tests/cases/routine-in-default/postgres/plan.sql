-- Create "fresh_code()" function
CREATE OR REPLACE FUNCTION public.fresh_code()
 RETURNS text
 LANGUAGE plpgsql
AS $function$ BEGIN RETURN (SELECT count(*)::text FROM codes); END $function$;
-- Modify "users" table
ALTER TABLE "public"."users" ADD COLUMN "code" text NULL DEFAULT public.fresh_code();
-- Create "codes" table
CREATE TABLE "public"."codes" (
  "id" integer NOT NULL,
  "code" text NOT NULL DEFAULT public.fresh_code(),
  PRIMARY KEY ("id")
);
