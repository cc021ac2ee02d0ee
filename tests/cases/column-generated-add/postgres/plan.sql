-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "gross", ADD COLUMN "gross" integer NULL GENERATED ALWAYS AS (price * 2) STORED;
