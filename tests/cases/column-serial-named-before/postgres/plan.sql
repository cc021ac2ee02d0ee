-- Modify sequence of serial column "id"
ALTER SEQUENCE "public"."part_id_seq" AS bigint;
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "id" TYPE bigint, ADD COLUMN "name" character varying(30) NULL;
-- Create "box" table
CREATE TABLE "public"."box" (
  "lid_id" serial NOT NULL,
  PRIMARY KEY ("lid_id")
);
-- Create "box_lid" table
CREATE TABLE "public"."box_lid" (
  "id" serial NOT NULL,
  PRIMARY KEY ("id")
);
