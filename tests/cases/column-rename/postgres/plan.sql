-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "colour", ADD COLUMN "color" character varying(20) NULL;
