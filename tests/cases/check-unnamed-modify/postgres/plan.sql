-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "item_qty_check", ADD CONSTRAINT "item_qty_check" CHECK (qty > 1);
