-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "gross" integer NULL GENERATED ALWAYS AS ((price * 119) / 100) STORED;
