-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE integer USING "a"::integer, ALTER COLUMN "b" TYPE numeric(8,2) USING "b"::numeric(8,2);
