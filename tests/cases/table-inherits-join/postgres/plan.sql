-- Modify "c" table
ALTER TABLE "public"."c" ADD CONSTRAINT "v" CHECK ((v)::text <> ''::text), ADD COLUMN "v" character varying(10) NULL;
-- Modify "c" table
ALTER TABLE "public"."c" INHERIT "public"."a, b";
