-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE bigint[], ALTER COLUMN "b" TYPE text[] USING "b"::text[];
