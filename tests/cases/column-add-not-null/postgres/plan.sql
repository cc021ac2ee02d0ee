-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "qty" integer NOT NULL;
