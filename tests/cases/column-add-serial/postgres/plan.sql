-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "seq" bigserial NOT NULL;
