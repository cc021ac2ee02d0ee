-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "item_pkey", DROP COLUMN "id", DROP COLUMN "name", ADD COLUMN "code" character varying(10) NOT NULL, ADD COLUMN "qty" integer NOT NULL DEFAULT 0, ADD PRIMARY KEY ("code");
