-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "item_qty_check" CHECK (qty > 0);
