-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "ck_item_qty" CHECK (qty > 0);
