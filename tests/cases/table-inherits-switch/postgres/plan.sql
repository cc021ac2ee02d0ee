-- Modify "c" table
ALTER TABLE "public"."c" NO INHERIT "public"."p";
-- Modify "c" table
ALTER TABLE "public"."c" DROP CONSTRAINT "pos", ALTER COLUMN "id" DROP DEFAULT, ALTER COLUMN "id" DROP NOT NULL, DROP COLUMN "v", ADD COLUMN "w" integer NULL;
-- Modify "c" table
ALTER TABLE "public"."c" INHERIT "public"."q";
