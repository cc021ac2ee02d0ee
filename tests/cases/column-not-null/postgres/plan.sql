-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "qty" SET NOT NULL;
