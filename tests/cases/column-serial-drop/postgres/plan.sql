-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "id" DROP DEFAULT;
-- Drop sequence used by serial column "id"
DROP SEQUENCE IF EXISTS "public"."item_id_seq";
