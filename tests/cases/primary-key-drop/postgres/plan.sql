-- Modify "slot" table
ALTER TABLE "public"."slot" DROP CONSTRAINT "slot_pkey";
