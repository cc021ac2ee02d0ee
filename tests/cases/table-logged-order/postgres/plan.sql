-- Modify "p" table
ALTER TABLE "public"."p" SET LOGGED;
-- Modify "c" table
ALTER TABLE "public"."c" SET LOGGED;
