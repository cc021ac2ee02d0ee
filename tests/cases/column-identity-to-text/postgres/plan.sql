-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "a" DROP IDENTITY;
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "a" TYPE text;
