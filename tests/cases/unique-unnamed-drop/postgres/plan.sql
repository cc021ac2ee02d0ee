-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "item_code_key";
