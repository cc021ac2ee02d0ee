-- Drop index "ix_item_a" from table: "item"
DROP INDEX "public"."ix_item_a";
-- Create index "ix_item_a" to table: "item"
CREATE INDEX "ix_item_a" ON "public"."item" ("a" varchar_pattern_ops);
