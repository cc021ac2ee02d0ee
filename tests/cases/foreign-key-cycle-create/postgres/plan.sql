-- Create "team" table
CREATE TABLE "public"."team" (
  "id" serial NOT NULL,
  "lead_id" integer NULL,
  PRIMARY KEY ("id")
);
-- Create "person" table
CREATE TABLE "public"."person" (
  "id" serial NOT NULL,
  "team_id" integer NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "fk_person_team" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Modify "team" table
ALTER TABLE "public"."team" ADD CONSTRAINT "fk_team_lead" FOREIGN KEY ("lead_id") REFERENCES "public"."person" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
