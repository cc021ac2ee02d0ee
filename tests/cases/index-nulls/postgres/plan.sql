-- Drop index "ix_item_b" from table: "item"
DROP INDEX "public"."ix_item_b";
-- Drop index "ix_item_c" from table: "item"
DROP INDEX "public"."ix_item_c";
-- Create index "ix_item_b" to table: "item"
CREATE INDEX "ix_item_b" ON "public"."item" ("b" NULLS FIRST);
-- Create index "ix_item_c" to table: "item"
CREATE INDEX "ix_item_c" ON "public"."item" ("c" DESC NULLS LAST);
