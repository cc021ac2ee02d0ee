-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "gross" DROP EXPRESSION;
