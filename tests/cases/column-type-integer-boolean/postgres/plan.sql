-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" DROP DEFAULT, ALTER COLUMN "a" TYPE boolean USING "a" <> 0, ALTER COLUMN "a" SET DEFAULT false;
