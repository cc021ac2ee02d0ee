-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "uq_item_code" UNIQUE ("code");
