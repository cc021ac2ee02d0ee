-- Modify "cache" table
ALTER TABLE "public"."cache" ADD COLUMN "body" text NULL;
