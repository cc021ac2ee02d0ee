-- Drop index "n3" from table: "item"
DROP INDEX "public"."n3";
-- Rename an index from "n1" to "n2"
ALTER INDEX "public"."n1" RENAME TO "n2";
-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "n1" UNIQUE ("code", "qty");
-- Create index "n3" to table: "item"
CREATE INDEX "n3" ON "public"."item" ("id", "qty");
-- Create index "n4" to table: "item"
CREATE INDEX "n4" ON "public"."item" ("qty");
