-- Modify sequence of serial column "id"
ALTER SEQUENCE "public"."item_id_seq" AS bigint;
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "id" TYPE bigint;
