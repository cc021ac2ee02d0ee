-- Rename a constraint from "ck_old" to "ck_new"
ALTER TABLE "public"."item" RENAME CONSTRAINT "ck_old" TO "ck_new";
