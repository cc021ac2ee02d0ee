-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "tags" text[] NOT NULL DEFAULT '{}', ADD COLUMN "grid" integer[] NULL;
