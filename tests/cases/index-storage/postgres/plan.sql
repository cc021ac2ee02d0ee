-- Modify index "ix_item_b" of table: "item"
ALTER INDEX "public"."ix_item_b" SET (fillfactor=70);
