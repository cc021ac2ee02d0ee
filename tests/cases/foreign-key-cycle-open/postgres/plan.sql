-- Modify "team" table
ALTER TABLE "public"."team" DROP CONSTRAINT "fk_team_lead";
