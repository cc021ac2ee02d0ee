-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "data" json NULL, ADD COLUMN "extra" jsonb NOT NULL DEFAULT '{}';
