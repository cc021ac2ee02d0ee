-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "item_qty_check";
