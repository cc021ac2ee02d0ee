-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "gross", DROP COLUMN "price";
