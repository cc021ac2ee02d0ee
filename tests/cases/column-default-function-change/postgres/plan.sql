-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "at" SET DEFAULT '2020-01-01 00:00:00';
