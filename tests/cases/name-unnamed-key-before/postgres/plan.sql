-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "first_id" integer NULL, ADD CONSTRAINT "item_first_id_fkey" FOREIGN KEY ("first_id") REFERENCES "public"."box" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
