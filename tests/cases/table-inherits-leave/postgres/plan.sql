-- Modify "c" table
ALTER TABLE "public"."c" NO INHERIT "public"."base";
-- Modify "c" table
ALTER TABLE "public"."c" ALTER COLUMN "id" DROP DEFAULT, ALTER COLUMN "v" TYPE text;
-- Modify "base" table
ALTER TABLE "public"."base" ALTER COLUMN "v" TYPE character varying(20), DROP COLUMN "w";
