-- Drop "gone" table
DROP TABLE "public"."gone";
-- Drop index "ix_shared" from table: "alpha"
DROP INDEX "public"."ix_shared";
-- Create index "ix_shared" to table: "beta"
CREATE INDEX "ix_shared" ON "public"."beta" ("x");
-- Create "kept" table
CREATE TABLE "public"."kept" (
  "id" serial NOT NULL,
  "z" integer NULL,
  PRIMARY KEY ("id")
);
-- Create index "gone" to table: "kept"
CREATE INDEX "gone" ON "public"."kept" ("z");
