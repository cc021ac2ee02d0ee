-- Modify "gnu" table
ALTER TABLE "public"."gnu" DROP CONSTRAINT "gnu_cat_id_fkey";
-- Modify "cat" table
ALTER TABLE "public"."cat" SET UNLOGGED;
-- Modify "gnu" table
ALTER TABLE "public"."gnu" DROP COLUMN "cat_id";
