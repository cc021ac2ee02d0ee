-- Modify "member" table
ALTER TABLE "public"."member" DROP CONSTRAINT "fk_member_team", ADD CONSTRAINT "fk_member_team" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") MATCH FULL ON UPDATE NO ACTION ON DELETE NO ACTION;
