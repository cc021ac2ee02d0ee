-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "qty" SET DEFAULT -6, ALTER COLUMN "kind" SET DEFAULT 'fancy';
