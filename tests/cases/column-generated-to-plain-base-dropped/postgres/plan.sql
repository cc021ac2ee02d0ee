-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "b" DROP EXPRESSION, DROP COLUMN "a";
