-- Drop index "ix_item_a" from table: "item"
DROP INDEX "public"."ix_item_a";
-- Drop index "ix_item_b_c" from table: "item"
DROP INDEX "public"."ix_item_b_c";
