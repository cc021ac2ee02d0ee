-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE jsonb USING "a"::jsonb, ALTER COLUMN "b" TYPE jsonb;
