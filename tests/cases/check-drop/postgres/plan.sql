-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "ck_item_qty";
