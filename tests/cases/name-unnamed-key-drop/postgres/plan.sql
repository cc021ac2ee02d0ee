-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "box_id";
