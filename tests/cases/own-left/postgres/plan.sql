-- Modify "crate" table
ALTER TABLE "public"."crate" ADD COLUMN "weight" integer NULL;
-- Drop "pallet" table
DROP TABLE "public"."pallet";
