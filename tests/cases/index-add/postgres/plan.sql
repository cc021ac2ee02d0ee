-- Create index "ix_item_a" to table: "item"
CREATE INDEX "ix_item_a" ON "public"."item" ("a");
-- Create index "ix_item_b_c" to table: "item"
CREATE UNIQUE INDEX "ix_item_b_c" ON "public"."item" ("b", "c");
