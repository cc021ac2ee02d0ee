-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "qty" DROP NOT NULL;
