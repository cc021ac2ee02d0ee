-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "note" text NULL, ADD COLUMN "qty" integer NULL;
