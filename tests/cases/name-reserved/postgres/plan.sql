-- Create "user" table
CREATE TABLE "public"."user" (
  "id" serial NOT NULL,
  "from" text NULL,
  PRIMARY KEY ("id")
);
-- Modify "order" table
ALTER TABLE "public"."order" ADD CONSTRAINT "check" CHECK ("table" > 0), ALTER COLUMN "group" TYPE character varying(20), ADD COLUMN "table" integer NOT NULL DEFAULT 1, ADD COLUMN "user" integer NULL, ADD CONSTRAINT "unique" UNIQUE ("group", "table"), ADD CONSTRAINT "references" FOREIGN KEY ("user") REFERENCES "public"."user" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
-- Create index "index" to table: "order"
CREATE INDEX "index" ON "public"."order" ("user");
