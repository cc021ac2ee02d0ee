-- Rename a constraint from "uq_old" to "uq_new"
ALTER TABLE "public"."item" RENAME CONSTRAINT "uq_old" TO "uq_new";
