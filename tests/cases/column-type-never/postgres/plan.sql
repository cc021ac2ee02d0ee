-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "id" TYPE uuid USING "id"::text::uuid;
