-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "uq_item_code", ADD CONSTRAINT "uq_item_code" UNIQUE ("code") DEFERRABLE INITIALLY DEFERRED;
