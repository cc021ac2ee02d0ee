-- Create "b" table
CREATE TABLE "public"."b" (
  "id" serial NOT NULL,
  "a_id" integer NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "b_a_id_fkey" FOREIGN KEY ("a_id") REFERENCES "public"."a" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "c" table
CREATE TABLE "public"."c" (
  "id" serial NOT NULL,
  "b_id" integer NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "c_b_id_fkey" FOREIGN KEY ("b_id") REFERENCES "public"."b" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "aa" table
CREATE TABLE "public"."aa" (
  "id" serial NOT NULL,
  "c_id" integer NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "aa_c_id_fkey" FOREIGN KEY ("c_id") REFERENCES "public"."c" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
