-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "mine", ADD CONSTRAINT "mine" UNIQUE ("b"), ADD CONSTRAINT "item_a_key" UNIQUE ("a");
