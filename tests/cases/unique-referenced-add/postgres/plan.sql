-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "uq_item_code" UNIQUE ("code");
-- Modify "part" table
ALTER TABLE "public"."part" ADD CONSTRAINT "fk_part_item" FOREIGN KEY ("code") REFERENCES "public"."item" ("code") ON UPDATE NO ACTION ON DELETE NO ACTION;
