-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "item_code_kind_key" UNIQUE ("code", "kind");
