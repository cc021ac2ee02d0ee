-- Modify "slot" table
ALTER TABLE "public"."slot" DROP CONSTRAINT "slot_pkey", ALTER COLUMN "day" DROP DEFAULT, ADD PRIMARY KEY ("who");
-- Drop sequence used by serial column "day"
DROP SEQUENCE IF EXISTS "public"."slot_day_seq";
