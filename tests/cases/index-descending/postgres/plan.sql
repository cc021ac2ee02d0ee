-- Drop index "ix_item_b_c" from table: "item"
DROP INDEX "public"."ix_item_b_c";
-- Create index "ix_item_b_c" to table: "item"
CREATE INDEX "ix_item_b_c" ON "public"."item" ("b" DESC, "c");
