-- Modify "tag" table
ALTER TABLE "public"."tag" DROP CONSTRAINT "tag_pkey", ADD COLUMN "id" serial NOT NULL, ADD PRIMARY KEY ("id"), ADD CONSTRAINT "uq_tag_label" UNIQUE ("label");
