-- Drop index "ix_item_b" from table: "item"
DROP INDEX "public"."ix_item_b";
-- Create index "ix_item_b" to table: "item"
CREATE INDEX "ix_item_b" ON "public"."item" ("b") WHERE b > 20;
