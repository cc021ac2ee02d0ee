-- Create "btree_gist" extension
CREATE EXTENSION btree_gist SCHEMA public;
-- Create "citext" extension
CREATE EXTENSION citext SCHEMA public;
-- Modify "users" table
ALTER TABLE "public"."users" ADD COLUMN "nick" "public"."citext" NULL;
-- Create "rooms" table
CREATE TABLE "public"."rooms" (
  "id" integer NOT NULL,
  "room" integer NULL,
  "during" tsrange NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "free" EXCLUDE USING gist (room WITH =, during WITH &&)
);
