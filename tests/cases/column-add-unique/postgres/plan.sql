-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "code" character varying(10) NULL, ADD CONSTRAINT "uq_item_code" UNIQUE ("code");
