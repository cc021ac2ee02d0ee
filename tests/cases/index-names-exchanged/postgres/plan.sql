-- Drop index "by_size" from table: "team"
DROP INDEX "public"."by_size";
-- Rename an index from "by_name" to "by_size"
ALTER INDEX "public"."by_name" RENAME TO "by_size";
-- Rename an index from "by_town" to "by_name"
ALTER INDEX "public"."by_town" RENAME TO "by_name";
-- Modify "team" table
ALTER TABLE "public"."team" ALTER COLUMN "size" SET NOT NULL;
-- Create index "by_town" to table: "team"
CREATE INDEX "by_town" ON "public"."team" ("name");
