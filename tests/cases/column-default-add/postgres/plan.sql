-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "qty" SET DEFAULT 5, ALTER COLUMN "kind" SET DEFAULT 'plain';
