-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "qty" DROP DEFAULT, ALTER COLUMN "qty" TYPE integer USING "qty"::integer, ALTER COLUMN "qty" SET DEFAULT 2;
