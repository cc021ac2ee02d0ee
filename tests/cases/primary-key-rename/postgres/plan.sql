-- Rename a constraint from "slot_key" to "pk_slot"
ALTER TABLE "public"."slot" RENAME CONSTRAINT "slot_key" TO "pk_slot";
