-- Modify "c" table
ALTER TABLE "public"."c" SET UNLOGGED;
-- Modify "q" table
ALTER TABLE "public"."q" SET UNLOGGED;
-- Modify "p" table
ALTER TABLE "public"."p" SET UNLOGGED;
-- Modify "c" table
ALTER TABLE "public"."c" ADD CONSTRAINT "c_a_fkey" FOREIGN KEY ("a") REFERENCES "public"."p" ("a") ON UPDATE NO ACTION ON DELETE NO ACTION;
