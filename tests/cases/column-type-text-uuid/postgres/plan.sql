-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE uuid USING "a"::uuid;
