-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "note", DROP COLUMN "qty";
