-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "a" TYPE integer USING "a"::integer, ALTER COLUMN "a" SET DEFAULT 5;
-- Fill "a" column of "t" table where it is NULL
UPDATE "public"."t" SET "a" = 5 WHERE "a" IS NULL;
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "a" SET NOT NULL;
