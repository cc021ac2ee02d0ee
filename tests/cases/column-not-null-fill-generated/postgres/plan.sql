-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "b" DROP EXPRESSION, ALTER COLUMN "b" SET DEFAULT 5;
-- Fill "b" column of "t" table where it is NULL
UPDATE "public"."t" SET "b" = 5 WHERE "b" IS NULL;
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "b" SET NOT NULL;
