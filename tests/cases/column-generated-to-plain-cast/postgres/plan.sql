-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "b" DROP EXPRESSION;
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "b" TYPE integer USING "b"::integer;
