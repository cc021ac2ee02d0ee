-- Modify "part" table
ALTER TABLE "public"."part" DROP CONSTRAINT "fk_part_item";
-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "uq_item_code";
