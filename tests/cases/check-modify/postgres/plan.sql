-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "ck_item_qty", ADD CONSTRAINT "ck_item_qty" CHECK ((qty > 0) AND (qty < 100));
