-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "gross", ALTER COLUMN "price" TYPE bigint, ADD COLUMN "gross" bigint NULL GENERATED ALWAYS AS (price * 2) STORED;
