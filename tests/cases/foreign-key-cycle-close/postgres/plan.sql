-- Modify "team" table
ALTER TABLE "public"."team" ADD CONSTRAINT "fk_team_lead" FOREIGN KEY ("lead_id") REFERENCES "public"."person" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
