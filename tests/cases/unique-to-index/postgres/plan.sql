-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "uq_item_code";
-- Create index "ix_item_code" to table: "item"
CREATE UNIQUE INDEX "ix_item_code" ON "public"."item" ("code");
