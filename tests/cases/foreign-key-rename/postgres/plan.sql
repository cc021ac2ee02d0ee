-- Rename a constraint from "fk_old" to "fk_new"
ALTER TABLE "public"."member" RENAME CONSTRAINT "fk_old" TO "fk_new";
