-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "id" DROP IDENTITY;
