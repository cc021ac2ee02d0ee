-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "item_b_check1", ADD CONSTRAINT "item_a_check1" CHECK (a > 1);
