-- Add new schema named "audit"
CREATE SCHEMA "audit";
-- Create enum type "kind"
CREATE TYPE "audit"."kind" AS ENUM ('a', 'b');
-- Create "event" table
CREATE TABLE "audit"."event" (
  "id" serial NOT NULL,
  "kind" "audit"."kind" NULL,
  "team_id" integer NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "event_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create index "ix_event_kind" to table: "event"
CREATE INDEX "ix_event_kind" ON "audit"."event" ("kind");
