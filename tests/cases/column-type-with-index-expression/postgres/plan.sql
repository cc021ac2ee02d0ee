-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "code" TYPE bigint;
