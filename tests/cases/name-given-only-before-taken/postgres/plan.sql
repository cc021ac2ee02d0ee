-- Rename a constraint from "n1" to "crate_pkey"
ALTER TABLE "public"."crate" RENAME CONSTRAINT "n1" TO "crate_pkey";
-- Rename a constraint from "n2" to "crate_code_key"
ALTER TABLE "public"."crate" RENAME CONSTRAINT "n2" TO "crate_code_key";
-- Create "box" table
CREATE TABLE "public"."box" (
  "id" integer NOT NULL,
  "code" character varying(10) NULL,
  "qty" integer NULL,
  "box_id" integer NULL,
  CONSTRAINT "n1" PRIMARY KEY ("id"),
  CONSTRAINT "n2" UNIQUE ("code"),
  CONSTRAINT "n4" FOREIGN KEY ("box_id") REFERENCES "public"."box" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION,
  CONSTRAINT "n3" CHECK (qty > 0)
);
