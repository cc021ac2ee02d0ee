-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "qty" integer NOT NULL DEFAULT 7, ADD COLUMN "kind" character varying(10) NOT NULL DEFAULT 'it''s';
