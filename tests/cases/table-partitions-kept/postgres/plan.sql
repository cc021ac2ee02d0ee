-- Modify "visits" table
ALTER TABLE "public"."visits" ADD COLUMN "note" text NULL;
