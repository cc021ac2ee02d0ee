-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "uq_item", ADD CONSTRAINT "uq_item" UNIQUE ("code", "kind");
