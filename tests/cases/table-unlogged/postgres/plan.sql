-- Modify "item" table
ALTER TABLE "public"."item" SET UNLOGGED;
