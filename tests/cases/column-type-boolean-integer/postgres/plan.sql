-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" DROP DEFAULT, ALTER COLUMN "a" TYPE integer USING "a"::integer, ALTER COLUMN "a" SET DEFAULT 1;
