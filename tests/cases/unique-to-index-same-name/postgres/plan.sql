-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "item_code";
-- Create index "item_code" to table: "item"
CREATE UNIQUE INDEX "item_code" ON "public"."item" ("code");
