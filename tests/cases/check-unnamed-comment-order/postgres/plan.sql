-- Modify "t" table
ALTER TABLE "public"."t" ADD COLUMN "c" integer NULL;
