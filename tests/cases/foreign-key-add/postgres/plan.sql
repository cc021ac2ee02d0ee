-- Modify "member" table
ALTER TABLE "public"."member" ADD CONSTRAINT "fk_member_team" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
