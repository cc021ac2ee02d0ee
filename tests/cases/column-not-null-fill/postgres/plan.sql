-- Fill "a" column of "t" table where it is NULL
UPDATE "public"."t" SET "a" = 'x' WHERE "a" IS NULL;
-- Fill "b" column of "t" table where it is NULL
UPDATE "public"."t" SET "b" = 3 WHERE "b" IS NULL;
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "a" SET NOT NULL, ALTER COLUMN "a" SET DEFAULT 'x', ALTER COLUMN "b" SET NOT NULL;
