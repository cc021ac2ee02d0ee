-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "qty" DROP DEFAULT, ALTER COLUMN "kind" DROP DEFAULT;
