-- Rename an index from "ix_old" to "ix_new"
ALTER INDEX "public"."ix_old" RENAME TO "ix_new";
